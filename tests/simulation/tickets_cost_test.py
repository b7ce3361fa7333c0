"""What a purchase of tickets costs, by the emulator's meter: round trips, read and write units.

A process that knows the lottery and its shards, which every busy one does: the rest is one query
for the newest entry with the counters behind it, and one transaction.
"""

import pytest

from tests.emulated import EmulatedMall
from tests.meter import Bill, metered
from tests.raffling import Raffles, points_for

BOUGHT = Bill(round_trips=2, read_units=1.0, write_units=8.0)


@pytest.fixture
def raffles(mall: EmulatedMall) -> Raffles:
    """Lotteries of this test's mall."""
    return Raffles(mall)


def _bill(raffles: Raffles, lottery: str, member: str, quantity: int) -> Bill:
    """What a purchase costs, in a process that knows the shards; one ticket was bought before."""
    raffles.buy(member, lottery)
    raffles.anew()
    raffles.warm(lottery)
    with metered(raffles.mall.engine.dynamodb) as bill:
        raffles.buy(member, lottery, quantity)
    return bill


@pytest.mark.parametrize("quantity", [1, 100])
def should_cost_the_same_however_many_tickets_it_is(raffles: Raffles, quantity: int) -> None:
    lottery, member = raffles.open(points_for(1), budget=100), raffles.mall.member(10_000)
    assert _bill(raffles, lottery, member, quantity) == BOUGHT


def should_cost_no_more_with_limits(raffles: Raffles) -> None:
    limits = {"member_per_day": 9, "member_total": 9, "program_per_day": 900, "program_total": 900}
    lottery = raffles.open(points_for(1), budget=100, limits=limits)
    assert _bill(raffles, lottery, raffles.mall.member(1_000), 5) == BOUGHT


def should_pay_for_each_further_shard_that_it_has_to_go_through(raffles: Raffles) -> None:
    """9 tickets over 4 shards, of which none holds more than 3: 5 more take two, or three."""
    limits = {"program_total": 9}
    lottery = raffles.open(points_for(1), budget=100, limits=limits, shards=4)
    bill = _bill(raffles, lottery, raffles.mall.member(1_000), 6)
    assert bill.round_trips <= 4
    assert BOUGHT.write_units < bill.write_units <= BOUGHT.write_units + 3 * 2
