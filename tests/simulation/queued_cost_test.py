"""What a queued redemption costs: less each, the more of a line are settled together.

Counted as in `cost_test`: round trips where requests leave, units as the engine reports them.
"""

import pytest

from tests.emulated import PRICE, EmulatedMall
from tests.meter import Bill, metered

ENTRY_AND_ORDER = 2 + 4  # write units: an entry; an order with its two indexes
STOCK = 2


def _line(mall: EmulatedMall, count: int, limit: int | None = None) -> str:
    """So many members in the line of a product that this process has looked at.

    Its name is as long as names get, so that an order is as large as it gets.
    """
    product = mall.product(codes=20, shards=1, stock_mode="queued", limit=limit, name="N" * 120)
    for number, member in enumerate(mall.members([PRICE] * count)):
        mall.place(member, product, f"key {number}")
    mall.shelf.product(product)
    mall.programs.current()
    return product


def _settled(mall: EmulatedMall) -> Bill:
    with metered(mall.engine.dynamodb) as bill:
        mall.settle()
    mall.audit()
    return bill


@pytest.mark.parametrize("together", [1, 2, 5, 10])
def should_cost_less_each_the_more_are_settled_together(mall: EmulatedMall, together: int) -> None:
    """k together: k heads side by side and one transaction; the shard is written once.

    Alone 2 round trips, 1 read unit and 8 write units; of ten 1.1, 1 and 6.2 each.
    """
    _line(mall, together)
    assert _settled(mall) == Bill(
        round_trips=together + 1,
        read_units=1.0 * together,
        write_units=1.0 * ENTRY_AND_ORDER * together + STOCK,
    )


def should_add_two_units_for_a_limit_per_member(mall: EmulatedMall) -> None:
    _line(mall, 10, limit=1)
    assert _settled(mall) == Bill(11, 10.0, 10.0 * (ENTRY_AND_ORDER + 2) + STOCK)


def should_read_one_head_for_a_member_who_stands_there_ten_times(mall: EmulatedMall) -> None:
    """Ten entries of one posting, and one counter for all of them."""
    member, product = mall.member(10 * PRICE), _line(mall, 0, limit=10)
    for number in range(10):
        mall.place(member, product, f"key {number}")
    assert _settled(mall) == Bill(2, 1.0, 10.0 * ENTRY_AND_ORDER + 2 + STOCK)


def should_look_once_before_anybody_is_rejected(mall: EmulatedMall) -> None:
    """One more read of orders and shards, and the product afresh, for the whole line."""
    product = _line(mall, 9)
    mall.place(mall.member(PRICE - 1), product, "key")
    bill = _settled(mall)
    assert bill.round_trips == 10 + 2 + 1
    assert bill.write_units == 9 * ENTRY_AND_ORDER + STOCK + 4


def should_take_one_in_with_one_read_and_one_write(mall: EmulatedMall) -> None:
    """The order's key; product and units left are remembered for seconds."""
    member, product = mall.member(PRICE), _line(mall, 1)
    with metered(mall.engine.dynamodb) as bill:
        mall.place(member, product, "key")
    assert bill == Bill(2, 1.0, 1.0)


def should_be_seen_to_cost_more_when_settled_one_by_one(mall: EmulatedMall) -> None:
    """Control: the same line in ten lines of one."""
    _line(mall, 10)
    with metered(mall.engine.dynamodb) as bill:
        for line in mall.waiting.batches():
            for asked in line:
                mall.till.settle([asked])
    assert bill == Bill(20, 10.0, 80.0)
