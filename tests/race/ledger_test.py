"""One member's chain under several writers: spends, sweeps, and events that come twice and crossed.

Each test has a control beside it: one guard is taken away, and what the test asserts is seen to
fail.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from mall.keys import ENTRY_PREFIX
from mall.points.earning.events import EventView
from mall.writes import Write

from tests.emulated import PRICE, EmulatedMall
from tests.race.rivals import Outcomes, RivalStore, rivals, to

RIVALS = 16
Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


def _moves_points(writes: Sequence[Write]) -> bool:
    """Rivals meet at an entry, not at a note of how far a sweep has come."""
    return any(write.key["sk"].startswith(ENTRY_PREFIX) for write in writes)


def _booked(store: RivalStore) -> Counter[str]:
    """How many entries of each kind were ever written, lost ones included."""
    written = (w.item for w in store.written if w.key["sk"].startswith(ENTRY_PREFIX))
    return Counter(item["kind"] for item in written)


def _race_of_sweeps(mall: EmulatedMall, forgets: Forgets = _nothing) -> Counter[str]:
    member = mall.member(100)
    mall.let_expire(member)
    store = mall.opened(RivalStore, parties=RIVALS, meets=_moves_points, forgets=forgets)
    mall.use(store)
    rivals(RIVALS, lambda _: mall.sweep(member))
    return _booked(store)


def should_book_an_expiry_once_however_many_sweeps_run(mall: EmulatedMall) -> None:
    """Case 15: 16 sweeps at once, and one more after them."""
    assert _race_of_sweeps(mall) == {"expire": 1}
    mall.audit()


def should_be_seen_to_book_it_often_without_the_revision_condition(mall: EmulatedMall) -> None:
    """Control."""
    booked = _race_of_sweeps(mall, forgets=to("points"))
    with pytest.raises(AssertionError):
        assert booked == {"expire": 1}


def _race_of_spend_and_sweep(
    mall: EmulatedMall, forgets: Forgets = _nothing
) -> tuple[Outcomes[None], Counter[str]]:
    """A member with an expired lot and a younger one spends the younger one, while sweeps run."""
    product = mall.product(codes=10, shards=4)
    member = mall.member(100)
    mall.let_expire(member)
    store = mall.opened(RivalStore, parties=RIVALS, meets=_moves_points, forgets=forgets)
    mall.use(store)

    def act(number: int) -> None:
        if number == 0:
            mall.adjust(member, "gift", PRICE)
            mall.place(member, product, "key")
        else:
            mall.sweep(member)

    return rivals(RIVALS, act), _booked(store)


def should_let_each_point_go_one_way_when_a_spend_meets_the_sweep(mall: EmulatedMall) -> None:
    """Case 16: 100 expired points and 50 live ones: 100 expire once, 50 are spent once."""
    outcomes, booked = _race_of_spend_and_sweep(mall)
    assert not outcomes.refusals
    assert booked == {"expire": 1, "adjust": 1, "redeem": 1}
    books = mall.audit()
    assert len(books.orders) == 1


def should_be_seen_to_expire_points_twice_without_the_revision_condition(
    mall: EmulatedMall,
) -> None:
    """Control."""
    _, booked = _race_of_spend_and_sweep(mall, forgets=to("points"))
    with pytest.raises(AssertionError):
        assert booked == {"expire": 1, "adjust": 1, "redeem": 1}


def _race_of_events(mall: EmulatedMall, forgets: Forgets = _nothing) -> Outcomes[EventView]:
    """A purchase 8 times and its refund 8 times, in any order, at once."""
    member = mall.member()
    mall.use(mall.opened(RivalStore, parties=RIVALS, forgets=forgets))
    told = ["purchase"] * 8 + ["refund"] * 8
    random.shuffle(told)

    def tell(number: int) -> EventView:
        if told[number] == "purchase":
            return mall.purchase(member, "purchase", 8_000)
        return mall.refund(member, "refund", "purchase")

    return rivals(RIVALS, tell)


def _told_once(outcomes: Outcomes[EventView]) -> None:
    """Each event did something once; the other 14 were told that it had arrived before."""
    assert not outcomes.refusals
    statuses = Counter(view.status for view in outcomes.answers)
    assert statuses == {"granted": 1, "clawed_back": 1, "duplicate": 14}


def should_grant_and_claw_back_once_whatever_the_order(mall: EmulatedMall) -> None:
    """Case 43: 8 times a purchase and 8 times its refund: one grant, taken back once."""
    _told_once(_race_of_events(mall))
    books = mall.audit()
    [head] = books.heads.values()
    assert (head["available"], len(books.chains[head["pk"]])) == (0, 2)
    [purchase] = (event for event in books.events if event.type == "purchase")
    assert (purchase.granted, len(purchase.refunds)) == (80, 1)


def should_be_seen_to_act_twice_on_an_event_without_the_conditions(mall: EmulatedMall) -> None:
    """Control: neither the purchase's own condition nor that of the revision."""
    outcomes = _race_of_events(mall, forgets=to("points"))
    with pytest.raises(AssertionError):
        _told_once(outcomes)


def should_adjust_once_for_one_key(mall: EmulatedMall) -> None:
    """16 adjustments with one key at once: one entry, and all get its answer."""
    member = mall.member()
    store = mall.opened(RivalStore, parties=RIVALS)
    mall.use(store)
    outcomes = rivals(RIVALS, lambda _: mall.adjust(member, "the key", 70))
    assert not outcomes.refusals
    assert {view.revision for view in outcomes.answers} == {1}
    assert (mall.available(member), _booked(store)) == (70, {"adjust": 1})
    mall.audit()


def should_never_spend_below_zero_with_two_kinds_of_spends(mall: EmulatedMall) -> None:
    """Redemptions and negative adjustments race for one purse: only what it holds is taken."""
    product = mall.product(codes=20, shards=8)
    member = mall.member(3 * PRICE)
    mall.use(mall.opened(RivalStore, parties=8))

    def act(number: int) -> None:
        if number % 2:
            mall.place(member, product, f"key {number}")
        else:
            mall.adjust(member, f"key {number}", -PRICE)

    outcomes = rivals(8, act, threads=8)
    assert (len(outcomes.answers), set(outcomes.codes)) == (3, {"insufficient_points"})
    assert mall.available(member) == 0
    mall.audit()
