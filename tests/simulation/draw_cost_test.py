"""What a draw costs, by the emulator's meter: round trips, read units and write units.

A process that knows the lottery, its shards and the seed, which every busy one does: the rest is
one query for the newest entry with the counters behind it, and one transaction.
"""

import pytest
from mall.lottery.draw_views import DrawView

from tests.emulated import EmulatedMall
from tests.gaming import NOTHING, Arcade
from tests.meter import Bill, metered

POINTS = {"prize_id": "points", "name": "Points", "kind": "points", "points": 5, "weight": 1}
NOTHING_WON = Bill(round_trips=2, read_units=1.0, write_units=8.0)
POINTS_WON = Bill(round_trips=2, read_units=1.0, write_units=10.0)
PRODUCT_WON = Bill(round_trips=2, read_units=1.0, write_units=12.0)


@pytest.fixture
def arcade(mall: EmulatedMall) -> Arcade:
    """Lotteries of this test's mall."""
    return Arcade(mall)


def _draw(arcade: Arcade, lottery: str, member: str) -> tuple[DrawView, Bill]:
    arcade.draw(member, lottery)  # the month's lot, its marker and the counters are there
    with metered(arcade.mall.engine.dynamodb) as bill:
        view = arcade.draw(member, lottery)
    return view, bill


def _product_prize(arcade: Arcade, stock: int) -> dict[str, object]:
    product = arcade.mall.product(codes=stock)
    return {
        "prize_id": "cup", "name": "Cup", "kind": "coupon", "weight": 10**9, "stock": stock,
        "product_id": product, "substitute": "nothing",
    }  # fmt: skip


def should_cost_little_to_win_nothing(arcade: Arcade) -> None:
    lottery, member = arcade.open(NOTHING), arcade.mall.member(100)
    assert _draw(arcade, lottery, member)[1] == NOTHING_WON


def should_cost_ten_write_units_to_win_points(arcade: Arcade) -> None:
    lottery, member = arcade.open(POINTS, budget=1_000), arcade.mall.member(100)
    assert _draw(arcade, lottery, member)[1] == POINTS_WON


def should_cost_twelve_write_units_to_win_a_product(arcade: Arcade) -> None:
    """The order and its two indexes are 4 of them; the unit was set aside before."""
    lottery, member = arcade.open(_product_prize(arcade, 3), NOTHING), arcade.mall.member(100)
    view, bill = _draw(arcade, lottery, member)
    assert view.order_id
    assert bill == PRODUCT_WON


def should_cost_no_more_with_limits_pity_and_a_budget(arcade: Arcade) -> None:
    """All of it stands on items that are written anyhow."""
    limits = {"member_per_day": 9, "member_total": 9, "program_per_day": 900, "program_total": 900}
    pity = {"draws": 9, "prize_id": "points"}
    lottery = arcade.open(POINTS, budget=1_000, limits=limits, pity=pity)
    assert _draw(arcade, lottery, arcade.mall.member(100))[1] == POINTS_WON


@pytest.mark.parametrize("length", [10, 500])
def should_cost_the_same_however_long_the_ledger_is(arcade: Arcade, length: int) -> None:
    lottery, member = arcade.open(POINTS, budget=1_000), arcade.mall.member(100)
    arcade.mall.grow(member, length)
    assert _draw(arcade, lottery, member)[1] == POINTS_WON


def should_cost_the_same_however_many_lotteries_a_member_plays(arcade: Arcade) -> None:
    """Thirty of them; the counters of all are one item."""
    member = arcade.mall.member(1_000)
    for _ in range(30):
        arcade.draw(member, arcade.open(NOTHING))
    lottery = arcade.open(POINTS, budget=1_000)
    bill = _draw(arcade, lottery, member)[1]
    assert (bill.round_trips, bill.read_units) == (2, 1.0)
    assert bill.write_units <= POINTS_WON.write_units + 2


def should_ask_once_more_for_a_unit_that_another_process_took(arcade: Arcade) -> None:
    """A process that saw older shards is refused once, looks at all of them, and tries again."""
    lottery, other = arcade.open(_product_prize(arcade, 9), NOTHING, shards=1), Arcade(arcade.mall)
    members = arcade.mall.members([100] * 2)
    arcade.draw(members[0], lottery)
    other.draw(members[1], lottery)
    with metered(arcade.mall.engine.dynamodb) as bill:
        arcade.draw(members[0], lottery)
    assert bill.round_trips == 4


def should_not_write_anything_for_a_refusal(arcade: Arcade) -> None:
    """The query, then the look for a record under this key."""
    lottery, member = arcade.open(cost=1_000), arcade.mall.member(10)
    arcade.warm(lottery)
    with metered(arcade.mall.engine.dynamodb) as bill, pytest.raises(Exception, match="points"):
        arcade.draw(member, lottery)
    assert (bill.round_trips, bill.write_units) == (2, 0.0)
