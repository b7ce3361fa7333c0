"""Stock over shards: who gives how much, and what a refused write means."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mall import keys
from mall.catalog import stock
from mall.catalog.stock import ShardShort, SnapshotOld
from mall.errors import InsufficientStock, SoldOut, Stale, StockFollowsCodes, StockUnlimited

from tests.builders import any_id, any_product

SHARDS = st.dictionaries(st.integers(0, 63), st.integers(0, 30), min_size=1, max_size=64)


@given(available=SHARDS, units=st.integers(1, 40), seed=st.integers())
def should_plan_exactly_what_was_asked_for_out_of_what_is_there(
    available: dict[int, int], units: int, seed: int
) -> None:
    if sum(available.values()) < units:
        with pytest.raises(SoldOut):
            stock.plan(available, units, Random(seed))
        return
    taken = stock.plan(available, units, Random(seed))
    assert sum(taken.values()) == units
    assert all(0 < part <= available[shard] for shard, part in taken.items())
    if max(available.values()) >= units:
        assert len(taken) == 1


@given(available=SHARDS)
def should_take_from_as_few_shards_as_hold_the_quantity(available: dict[int, int]) -> None:
    units = sum(available.values())
    if units:
        taken = stock.plan(available, units, Random(1))
        assert taken == {shard: held for shard, held in available.items() if held}
    fullest = sorted(available.values(), reverse=True)
    if len(fullest) > 1 and fullest[1]:
        assert len(stock.plan(available, fullest[0] + 1, Random(1))) == 2


def should_spread_over_the_shards_that_hold_enough() -> None:
    random = Random(7)
    chosen = [next(iter(stock.plan({0: 9, 1: 1, 2: 9}, 2, random))) for _ in range(200)]
    assert 60 < chosen.count(0) < 140
    assert 1 not in chosen
    product = any_product(shards=4)
    tried = {next(iter(stock.any_shard(product, 3, random).items())) for _ in range(200)}
    assert tried == {(shard, 3) for shard in range(4)}


def should_say_why_a_shard_did_not_give() -> None:
    product = any_product(sale_version=5)
    (write,) = stock.take(product, "default", {2: 3})
    assert write.key == keys.stock(product.product_id, "default", 2)
    assert write.condition == "#sale_version <= :sale_version AND #available >= :units"
    assert isinstance(write.refused({"sale_version": 6, "available": 9}), SnapshotOld)
    assert isinstance(write.refused({"sale_version": 5, "available": 2}), ShardShort)
    assert isinstance(write.refused({"sale_version": 4, "available": 0}), ShardShort)
    assert isinstance(write.refused(None), ShardShort)


def should_not_pause_for_a_rival_that_there_is_not() -> None:
    assert Stale().rival
    assert not ShardShort().rival
    assert not SnapshotOld().rival


def should_give_back_what_was_taken_where_it_was_taken() -> None:
    product_id = any_id()
    writes = stock.give_back(product_id, "S", {0: 2, 5: 1})
    assert [(write.key, write.values["units"]) for write in writes] == [
        (keys.stock(product_id, "S", 0), 2),
        (keys.stock(product_id, "S", 5), 1),
    ]


def should_hold_an_unlimited_product_to_its_sale_and_take_nothing() -> None:
    product = any_product(stock_mode="unlimited", sale_version=3)
    (write,) = stock.take(product, "default", {2: 5})
    condition = "attribute_not_exists(#pk) OR #sale_version <= :sale_version"
    assert (write.action, write.condition) == ("ConditionCheck", condition)
    assert isinstance(write.refused({"sale_version": 4}), SnapshotOld)


def _logged(delta: int) -> dict[str, Any]:
    told = {"movement_id": "m", "at": 7, "sku": "S"}
    return told | {"delta": delta, "reason": "found", "actor": "admin"}


def should_log_a_movement_beside_what_it_takes() -> None:
    product = any_product()
    line, *taken = stock.move(product, {0: 2, 1: 3}, _logged(-5))
    assert line.key == keys.movement(product.product_id, 7, "m")
    assert line.item == {**line.key, **_logged(-5)}
    assert line.condition == "attribute_not_exists(#pk)"
    assert [(write.key["pk"][-2:], write.values["units"]) for write in taken] == [
        ("00", 2),
        ("01", 3),
    ]
    assert all("#available >= :units" in write.condition for write in taken)


def should_add_what_comes_whatever_is_there() -> None:
    product = any_product(sale_version=4)
    _, *added = stock.move(product, {0: 2, 1: 3}, _logged(5))
    assert [(w.values["units"], w.update[-21:], w.condition) for w in added] == [
        (2, "ADD #available :units", ""),
        (3, "ADD #available :units", ""),
    ]


@given(held=SHARDS, units=st.integers(1, 1000), among=st.integers(0, 64))
def should_spread_new_units_evenly_over_the_shards_that_hold_least(
    held: dict[int, int], units: int, among: int
) -> None:
    spread = stock.spread(units, held, among)
    assert sum(spread.values()) == units
    assert len(spread) == min(len(held), max(1, min(among, units)))
    assert max(spread.values()) - min(spread.values()) <= 1
    assert min(spread.values()) > 0
    others = [units for shard, units in held.items() if shard not in spread]
    assert max(held[shard] for shard in spread) <= min(others, default=30)


def should_move_only_stock_that_is_counted_and_not_by_codes() -> None:
    counted, random = any_product(type="physical"), Random(1)
    assert stock.plan_movement(counted, {0: 1, 1: 5}, 3, 2, random) == {0: 2, 1: 1}
    assert stock.plan_movement(counted, {0: 1, 1: 5}, -5, 2, random) == {1: 5}
    with pytest.raises(InsufficientStock) as short:
        stock.plan_movement(counted, {0: 1, 1: 5}, -7, 2, random)
    assert short.value.facts == {"stock_left": 6}
    coupon = any_product(type="coupon", stock_mode="queued")
    assert stock.plan_movement(coupon, {0: 5}, -5, 2, random) == {0: 5}
    with pytest.raises(StockFollowsCodes):
        stock.plan_movement(coupon, {0: 5}, 1, 2, random)
    for delta in (1, -1):
        with pytest.raises(StockUnlimited):
            stock.plan_movement(any_product(stock_mode="unlimited"), {0: 5}, delta, 2, random)
