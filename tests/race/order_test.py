"""An order that two want to move on: the member who cancels, the queue that fulfils, and again.

Each test has a control beside it: one guard is taken away, and what the test asserts is seen to
fail.
"""

from collections.abc import Callable
from contextlib import suppress

import pytest
from mall.errors import Busy
from mall.orders.views import OrderDetailView
from mall.writes import Write

from tests.audit import AuditFailed
from tests.emulated import PRICE, EmulatedMall, replayed
from tests.race.rivals import THREADS, Outcomes, RivalStore, rivals, to

PAIRS = 8
Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


def _race_of_cancel_and_fulfil(
    mall: EmulatedMall, forgets: Forgets = _nothing
) -> Outcomes[OrderDetailView | None]:
    """8 orders, each cancelled and fulfilled at once."""
    product = mall.product(codes=PAIRS, shards=4)
    buyers = mall.members([PRICE] * PAIRS)
    for buyer in buyers:
        mall.place(buyer, product, "key")
    mall.use(mall.opened(RivalStore, parties=2 * PAIRS, forgets=forgets))

    def act(number: int) -> OrderDetailView | None:
        buyer = buyers[number // 2]
        if number % 2:
            return mall.cancel(buyer, "key", "cancel")
        mall.fulfil(buyer, "key")
        return None

    return rivals(2 * PAIRS, act)


def should_let_one_win_when_cancelling_meets_fulfilment(mall: EmulatedMall) -> None:
    """Case 51: every order ends cancelled and refunded, or fulfilled and not."""
    outcomes = _race_of_cancel_and_fulfil(mall)
    statuses = [order.status for order in mall.audit().orders.values()]
    assert len(statuses) == PAIRS
    assert set(statuses) <= {"cancelled", "fulfilled"}
    assert outcomes.codes == ["not_cancellable"] * statuses.count("fulfilled")


def should_be_seen_to_refund_a_delivered_order_without_the_condition(mall: EmulatedMall) -> None:
    """Control."""
    _race_of_cancel_and_fulfil(mall, forgets=to("orders"))
    with pytest.raises(AuditFailed, match=r"refunded by Entry|with 1 codes"):
        mall.audit()


def _race_of_cancels(
    mall: EmulatedMall, keys: int, forgets: Forgets = _nothing
) -> tuple[str, Outcomes[OrderDetailView]]:
    product = mall.product(codes=4, shards=2, limit=1)
    member = mall.member(PRICE)
    mall.place(member, product, "key")
    mall.use(mall.opened(RivalStore, parties=THREADS, forgets=forgets))
    return member, rivals(THREADS, lambda n: mall.cancel(member, "key", f"cancel {n % keys}"))


def should_cancel_once_for_one_key(mall: EmulatedMall) -> None:
    """32 cancellations with one key: all get the one answer, all but one as a replay."""
    member, outcomes = _race_of_cancels(mall, keys=1)
    assert not outcomes.refusals
    assert len({view.model_dump_json() for view in outcomes.answers}) == 1
    assert sum(map(replayed, outcomes.answers)) == THREADS - 1
    assert mall.available(member) == PRICE
    mall.audit()


def should_cancel_once_for_many_keys(mall: EmulatedMall) -> None:
    """32 cancellations with as many keys: one wins."""
    member, outcomes = _race_of_cancels(mall, keys=THREADS)
    assert (len(outcomes.answers), set(outcomes.codes)) == (1, {"not_cancellable"})
    assert mall.available(member) == PRICE
    mall.audit()


def should_be_seen_to_refund_twice_without_the_conditions(mall: EmulatedMall) -> None:
    """Control: neither the order's condition nor that of the revision."""
    _race_of_cancels(mall, keys=THREADS, forgets=to("orders", "points"))
    with pytest.raises(AuditFailed, match=r"left \+ sold"):
        mall.audit()


def _race_of_fulfilments(
    mall: EmulatedMall, forgets: Forgets = _nothing, codes: int = THREADS // 2
) -> None:
    """16 orders on a pool of as many codes, each message delivered twice, all at once."""
    orders = THREADS // 2
    product = mall.product(codes=codes, shards=4)
    buyers = mall.members([PRICE] * orders)
    for buyer in buyers:
        mall.place(buyer, product, "key")
    mall.use(mall.opened(RivalStore, parties=THREADS, forgets=forgets))

    def deliver(number: int) -> None:
        with suppress(Busy, LookupError):  # the queue keeps the message: another one was faster
            mall.fulfil(buyers[number % orders], "key")

    rivals(THREADS, deliver)
    for buyer in buyers:
        mall.fulfil(buyer, "key")  # and delivers it again


def should_give_each_code_to_one_order(mall: EmulatedMall) -> None:
    """Case 60: every order gets one code, no two the same one, however often it is delivered."""
    _race_of_fulfilments(mall)
    books = mall.audit()
    assert {order.status for order in books.orders.values()} == {"fulfilled"}
    assert len({order.codes for order in books.orders.values()}) == len(books.orders)
    assert not books.pool


def should_be_seen_to_deliver_one_code_twice_without_the_conditions(mall: EmulatedMall) -> None:
    """Control: a code leaves the pool, and is given away, unconditionally."""
    _race_of_fulfilments(mall, forgets=to("catalog"))
    with pytest.raises(AuditFailed, match="one code went to"):
        mall.audit()


def should_be_seen_to_deliver_twice_without_the_condition_on_the_order(mall: EmulatedMall) -> None:
    """Control: a message that comes twice pops two codes."""
    _race_of_fulfilments(mall, forgets=to("orders"), codes=4 * THREADS)
    with pytest.raises(AuditFailed, match="with 2 codes"):
        mall.audit()
