"""Stock over shards: who gives how much, and what a refused write means."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mall import keys
from mall.catalog import stock
from mall.catalog.stock import ShardShort, SnapshotOld
from mall.errors import AlreadyDone, SoldOut, Stale

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
    assert (write.action, write.condition) == ("ConditionCheck", "#sale_version <= :sale_version")
    assert isinstance(write.refused({"sale_version": 4}), SnapshotOld)


def should_log_a_movement_beside_what_it_takes() -> None:
    product = any_product()
    receipt = {"movement_id": "m", "request_hash": b"x", "at": 1, "answer": "{}"}
    record, *taken = stock.move_down(product, "S", {0: 2, 1: 3}, receipt, "lost", "admin")
    assert record.item["delta"] == -5
    assert record.item["reason"] == "lost"
    assert record.condition == "attribute_not_exists(#pk)"
    assert isinstance(record.refused({"answer": "{}"}), AlreadyDone)
    assert [(write.key["pk"][-2:], write.values["units"]) for write in taken] == [
        ("00", 2),
        ("01", 3),
    ]
