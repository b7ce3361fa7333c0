"""Redemptions by 32 threads at once: on a stock, on a purse, on a key, on a limit.

Each test has a control beside it: one guard is taken away, and what the test asserts is seen to
fail.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from mall.keys import order as order_key
from mall.orders.order import order_id
from mall.orders.views import OrderView
from mall.writes import Write

from tests.audit import AuditFailed
from tests.emulated import PRICE, EmulatedMall, replayed
from tests.race.rivals import THREADS, Outcomes, RivalStore, rivals, to

Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


def _race_for_stock(
    mall: EmulatedMall, shards: int, forgets: Forgets = _nothing
) -> tuple[Sequence[str], Outcomes[OrderView]]:
    """300 redemptions by 60 members who can afford them all, on 100 units."""
    product = mall.product(codes=100, shards=shards)
    members = mall.members([5 * PRICE] * 60)
    mall.use(mall.opened(RivalStore, parties=THREADS, forgets=forgets))
    return members, rivals(300, lambda n: mall.place(members[n % 60], product, f"key {n}"))


@pytest.mark.parametrize("shards", [1, 8, 32])
def should_sell_exactly_what_is_there(mall: EmulatedMall, shards: int) -> None:
    """300 redemptions, 100 units: 100 orders, the rest sold out, points taken for those alone."""
    members, outcomes = _race_for_stock(mall, shards)
    assert (len(outcomes.answers), Counter(outcomes.codes)) == (100, {"sold_out": 200})
    books = mall.audit()
    assert len(books.orders) == 100
    assert sum(shard["available"] for shard in books.shards) == 0
    assert sum(map(mall.available, members)) == 300 * PRICE - 100 * PRICE


def should_be_seen_to_oversell_without_the_stock_condition(mall: EmulatedMall) -> None:
    """Control."""
    _race_for_stock(mall, 8, forgets=to("catalog"))
    with pytest.raises(AuditFailed, match=r"shard .* holds -"):
        mall.audit()


def _race_for_one_purse(mall: EmulatedMall, forgets: Forgets = _nothing) -> Outcomes[OrderView]:
    product = mall.product(codes=400, shards=16)
    member = mall.member(PRICE)
    mall.use(mall.opened(RivalStore, parties=THREADS, forgets=forgets))
    return rivals(300, lambda n: mall.place(member, product, f"key {n}"))


def should_spend_the_points_for_one_order_once(mall: EmulatedMall) -> None:
    """Case 34: 300 redemptions in parallel, funds for one."""
    outcomes = _race_for_one_purse(mall)
    assert (len(outcomes.answers), Counter(outcomes.codes)) == (1, {"insufficient_points": 299})
    assert {refusal.facts["available"] for refusal in outcomes.refusals} == {0}
    assert len(mall.audit().orders) == 1


def should_be_seen_to_give_free_orders_without_the_revision_condition(mall: EmulatedMall) -> None:
    """Control."""
    outcomes = _race_for_one_purse(mall, forgets=to("points"))
    assert len(outcomes.answers) > 1
    with pytest.raises(AuditFailed, match="was paid by nothing"):
        mall.audit()


def _race_for_the_last_unit(
    mall: EmulatedMall, forgets: Forgets = _nothing
) -> tuple[Sequence[str], Outcomes[OrderView]]:
    product = mall.product(codes=1, shards=1)
    buyers = mall.members([PRICE] * 2)
    mall.use(mall.opened(RivalStore, parties=2, forgets=forgets))
    return buyers, rivals(2, lambda n: mall.place(buyers[n], product, "key"))


def should_give_the_last_unit_to_one_buyer(mall: EmulatedMall) -> None:
    """Case 35: the other's points are untouched."""
    buyers, outcomes = _race_for_the_last_unit(mall)
    assert (len(outcomes.answers), outcomes.codes) == (1, ["sold_out"])
    assert sorted(map(mall.available, buyers)) == [0, PRICE]
    mall.audit()


def should_be_seen_to_sell_the_last_unit_twice_without_the_stock_condition(
    mall: EmulatedMall,
) -> None:
    """Control."""
    _race_for_the_last_unit(mall, forgets=to("catalog"))
    with pytest.raises(AuditFailed, match="holds -1"):
        mall.audit()


def _race_with_one_key(mall: EmulatedMall, forgets: Forgets = _nothing) -> Outcomes[OrderView]:
    product = mall.product(codes=64, shards=8)
    member = mall.member(64 * PRICE)
    mall.use(mall.opened(RivalStore, parties=THREADS, forgets=forgets))
    return rivals(THREADS, lambda _: mall.place(member, product, "the key"))


def should_place_one_order_for_one_key(mall: EmulatedMall) -> None:
    """Case 38: 32 requests with one key; all get the one order, all but one as a replay."""
    outcomes = _race_with_one_key(mall)
    assert not outcomes.refusals
    assert len({view.model_dump_json() for view in outcomes.answers}) == 1
    assert Counter(map(replayed, outcomes.answers)) == {False: 1, True: THREADS - 1}
    assert len(mall.audit().orders) == 1


def should_be_seen_to_charge_twice_without_the_condition_on_the_order(mall: EmulatedMall) -> None:
    """Control."""
    _race_with_one_key(mall, forgets=to("orders"))
    with pytest.raises(AuditFailed, match=r"left \+ sold"):
        mall.audit()


def _race_for_the_limit(
    mall: EmulatedMall, forgets: Forgets = _nothing
) -> tuple[str, str, Outcomes[OrderView]]:
    product = mall.product(codes=40, shards=8, limit=1)
    member = mall.member(40 * PRICE)
    mall.use(mall.opened(RivalStore, parties=2, forgets=forgets))
    return member, product, rivals(2, lambda n: mall.place(member, product, f"key {n}"))


def should_keep_the_limit_per_member_and_free_it_by_cancelling(mall: EmulatedMall) -> None:
    """Case 42: limit 1, two in parallel; after cancelling there is room for another one."""
    member, product, outcomes = _race_for_the_limit(mall)
    assert (len(outcomes.answers), outcomes.codes) == (1, ["limit_reached"])
    placed = next(n for n in range(2) if _stands(mall, member, f"key {n}"))
    mall.audit()
    mall.cancel(member, f"key {placed}", "cancel")
    mall.audit()
    mall.place(member, product, "another key")
    mall.audit()


def _stands(mall: EmulatedMall, member: str, key: str) -> bool:
    return mall.store.get("orders", order_key(order_id(member, key))) is not None


def should_be_seen_to_pass_the_limit_without_its_condition(mall: EmulatedMall) -> None:
    """Control."""
    _race_for_the_limit(mall, forgets=to("catalog"))
    with pytest.raises(AuditFailed, match="beyond the limit"):
        mall.audit()


def should_serve_one_member_many_times_at_once(mall: EmulatedMall) -> None:
    """8 affordable redemptions of one member in parallel queue up on the chain, and all succeed."""
    product = mall.product(codes=20, shards=4)
    member = mall.member(10 * PRICE)
    mall.use(mall.opened(RivalStore, parties=8))
    outcomes = rivals(8, lambda n: mall.place(member, product, f"key {n}"), threads=8)
    assert (len(outcomes.answers), outcomes.codes) == (8, [])
    assert mall.available(member) == 2 * PRICE
    mall.audit()


def should_keep_the_keys_of_two_members_apart(mall: EmulatedMall) -> None:
    """Case 41: the same key of another member is another order."""
    product = mall.product(codes=40, shards=8)
    members = mall.members([PRICE] * THREADS)
    random.shuffle(members)
    mall.use(mall.opened(RivalStore, parties=THREADS))
    outcomes = rivals(THREADS, lambda n: mall.place(members[n], product, "the same key"))
    assert len({view.order_id for view in outcomes.answers}) == THREADS
    assert len(mall.audit().orders) == THREADS
