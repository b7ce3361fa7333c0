"""What goes back when a lottery closes: counted units that nobody won, of every version."""

from dataclasses import replace

import pytest
from mall.errors import LotteryClosed
from mall.lottery.closing import closed, returns, stopped, unwon
from mall.lottery.lottery import Goods, Lottery
from mall.lottery.shards import Shard
from mall.lottery.table import Prize, PrizeTable

CUP = Prize("cup", "Cup", "product", weight=1, stock=5, product_id="cup")
SMALL = replace(CUP, prize_id="small", sku="S", stock=2)
TRIP = Prize("trip", "Trip", "product", weight=1, stock=4, product_id="trip")
COINS = Prize("coins", "Coins", "points", weight=1, stock=9, points=5)
NOTHING = Prize("nothing", "Nothing", "nothing", weight=1)


def _goods(product_id: str, sku: str, *, counted: bool) -> Goods:
    return Goods(product_id, "A name", "physical", sku, counted)


LOTTERY = Lottery(
    "l", "instant", "Wheel", 0, 0, 1, status="open",
    tables=(
        PrizeTable("l", 1, 1, (CUP, SMALL, TRIP, COINS, NOTHING)),
        PrizeTable("l", 2, 2, (replace(CUP, stock=3),)),
    ),
    goods={
        "cup#": _goods("cup", "S", counted=True),
        "cup#S": _goods("cup", "S", counted=True),
        "trip#": _goods("trip", "default", counted=False),
    },
)  # fmt: skip
SHARDS = [Shard(0, {"given_1_0": 3, "given_1_1": 1}), Shard(1, {"given_1_0": 1, "given_2_0": 3})]


def should_know_what_nobody_won() -> None:
    assert unwon(LOTTERY, SHARDS) == {(1, 0): 1, (1, 1): 1, (1, 2): 4, (1, 3): 9, (2, 0): 0}


def should_return_each_product_once_for_each_version() -> None:
    """Two prizes are one SKU; what is not counted and what was won stays where it is."""
    [back] = returns(LOTTERY, unwon(LOTTERY, SHARDS))
    assert (back.product_id, back.sku, back.units) == ("cup", "S", 2)
    everything = returns(LOTTERY, unwon(LOTTERY, []))
    assert [each.units for each in everything] == [7, 3]
    assert len({each.movement_id for each in everything}) == 2


def should_go_forward_only() -> None:
    assert stopped(LOTTERY).status == "closing"
    for status in ("closing", "drawing", "closed"):
        further = replace(LOTTERY, status=status)
        assert stopped(further) == further
    done = closed(LOTTERY, 7)
    assert (done.status, done.closed_at, closed(done, 8)) == ("closed", 7, done)
    with pytest.raises(LotteryClosed):
        stopped(replace(LOTTERY, status="draft"))
