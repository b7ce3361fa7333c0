"""Rivals at the tickets of one lottery: at its closing, at its limits, and under one key.

Each test has a control beside it: one guard is taken away, and what the test asserts is seen to
fail.
"""

from collections.abc import Callable, Sequence

import pytest
from mall.lottery.ticket_views import PurchaseView
from mall.writes import Write

from tests.emulated import EmulatedMall, replayed
from tests.race.rivals import Outcomes, RivalStore, rivals
from tests.raffling import COST, Raffles, points_for

RIVALS = 12
Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


def _at(sort_key: str) -> Forgets:
    """Picks the conditional updates of items with this sort key."""
    return lambda write: (
        write.action == "Update" and bool(write.condition) and write.key["sk"] == sort_key
    )


@pytest.fixture
def raffles(mall: EmulatedMall) -> Raffles:
    """Lotteries of this test's mall."""
    return Raffles(mall)


def _race(
    raffles: Raffles, act: Callable[[int], PurchaseView | None], count: int,
    forgets: Forgets = _nothing, meets: Callable[[Sequence[Write]], bool] = bool,
) -> Outcomes[PurchaseView | None]:  # fmt: skip
    mall = raffles.mall
    mall.use(mall.opened(RivalStore, parties=count, forgets=forgets, meets=meets))
    raffles.anew()
    return rivals(count, act, threads=count)


# --- closing -------------------------------------------------------------------------------------


def _race_of_closing(
    raffles: Raffles, meets: Callable[[Sequence[Write]], bool] = bool, forgets: Forgets = _nothing
) -> tuple[str, Outcomes[PurchaseView | None]]:
    """Members buy, by clocks that are behind, while the job closes and sums the list."""
    members = raffles.mall.members([COST] * RIVALS)
    lottery = raffles.open(points_for(1), budget=100, shards=2)

    def act(number: int) -> PurchaseView | None:
        if number < RIVALS:
            return raffles.buy(members[number], lottery)
        raffles.go_on(lottery)
        return None

    return lottery, _race(raffles, act, RIVALS + 1, forgets, meets)


def _at_the_end(writes: Sequence[Write]) -> bool:
    """Picks purchases, and the write that publishes the hash: the list was read before it."""
    first = writes[0].key
    return first["sk"] == "DRAWING" or first["pk"].startswith("TICKETS#")


def should_list_every_ticket_or_refuse_it(raffles: Raffles) -> None:
    lottery, outcomes = _race_of_closing(raffles)
    bought = raffles.audit_list(lottery)
    answered = {view.purchase_id for view in outcomes.answers if view}
    assert answered == {purchase.purchase_id for purchase in bought}
    assert set(outcomes.codes) <= {"lottery_closed"}
    assert len(answered) + len(outcomes.refusals) == RIVALS


def should_sell_nothing_once_the_list_was_read(raffles: Raffles) -> None:
    """Whoever has decided before, and writes after: the worst case, every time."""
    lottery, outcomes = _race_of_closing(raffles, _at_the_end)
    assert outcomes.codes == ["lottery_closed"] * RIVALS
    assert raffles.audit_list(lottery) == []


def should_be_seen_to_sell_what_is_not_listed_without_the_condition(raffles: Raffles) -> None:
    """Control."""
    lottery, outcomes = _race_of_closing(raffles, _at_the_end, _at("SHARD"))
    assert len(outcomes.answers) == RIVALS + 1
    with pytest.raises(AssertionError):
        raffles.audit_list(lottery)


# --- limits --------------------------------------------------------------------------------------


def _race_for_the_last(raffles: Raffles, forgets: Forgets = _nothing) -> int:
    """How many tickets a crowd gets of a lottery that sells 7, over two shards."""
    members = raffles.mall.members([COST] * RIVALS)
    lottery = raffles.open(points_for(1), budget=100, shards=2, limits={"program_total": 7})
    raffles.lotteries.terms(lottery)
    _race(raffles, lambda n: raffles.buy(members[n], lottery), RIVALS, forgets)
    return len(raffles.audit_list(lottery))


def should_sell_no_more_than_there_are(raffles: Raffles) -> None:
    assert _race_for_the_last(raffles) == 7


def should_be_seen_to_sell_more_without_the_condition_on_the_shard(raffles: Raffles) -> None:
    """Control."""
    assert _race_for_the_last(raffles, _at("SHARD")) > 7


def _race_of_one_member(raffles: Raffles, forgets: Forgets = _nothing) -> int:
    """How many purchases a member makes at once who may have 3 tickets, and can pay for more."""
    member = raffles.mall.member(COST * RIVALS)
    lottery = raffles.open(points_for(1), budget=100, cost=0, limits={"member_total": 3})
    _race(raffles, lambda _: raffles.buy(member, lottery), RIVALS, forgets)
    return len(raffles.purchases(lottery))


def should_sell_a_member_no_more_than_the_limit(raffles: Raffles) -> None:
    assert _race_of_one_member(raffles) == 3


def should_be_seen_to_sell_more_without_the_condition_on_the_counters(raffles: Raffles) -> None:
    """Control; the tickets are free, so that nobody is held up at the ledger."""
    assert _race_of_one_member(raffles, _at("ENTRY$PLAYED")) > 3


# --- one key -------------------------------------------------------------------------------------


def _race_of_one_key(
    raffles: Raffles, forgets: Forgets = _nothing
) -> tuple[int, Outcomes[PurchaseView | None]]:
    """One request sent often at once; what its member has paid then."""
    member = raffles.mall.member(COST * RIVALS)
    lottery = raffles.open(points_for(1), budget=100)
    outcomes = _race(raffles, lambda _: raffles.buy(member, lottery, 1, "key"), RIVALS, forgets)
    return COST * RIVALS - raffles.mall.available(member), outcomes


def should_sell_once_for_one_key(raffles: Raffles) -> None:
    """Case 38: and all get the same answer."""
    paid, outcomes = _race_of_one_key(raffles)
    assert (paid, outcomes.codes) == (COST, [])
    assert len({view.model_dump_json() for view in outcomes.answers if view}) == 1
    assert sum(replayed(view) for view in outcomes.answers if view) == RIVALS - 1


def should_be_seen_to_sell_often_without_the_condition_on_the_purchase(raffles: Raffles) -> None:
    """Control."""

    def purchases(write: Write) -> bool:
        return bool(write.condition) and write.key["pk"].startswith("TICKETS#")

    assert _race_of_one_key(raffles, purchases)[0] > COST
