"""Changing a lottery that exists: the writes of a new draft, or of a new table.

The units of a new table leave the catalog's stock in the transaction that publishes it. Those of
the tables before it stay set aside until the lottery closes, because they were promised.
"""

from dataclasses import replace
from random import Random

from mall.clock import Millis
from mall.lottery import items
from mall.lottery.goods import Found, set_aside, within_bounds
from mall.lottery.lottery import Lottery
from mall.writes import Write


def redraft(before: Lottery, after: Lottery) -> tuple[list[Write], Lottery]:
    """The write that makes a draft another one, and that; none if it is the same. Means Stale."""
    if after == before:
        return [], before
    return [items.changed(before, after)], replace(after, version=before.version + 1)


def publish(
    before: Lottery, after: Lottery, found: Found, actor: str, now: Millis, random: Random
) -> tuple[list[Write], Lottery]:
    """The writes that publish the newest table of a lottery, and the lottery then.

    Raises Invalid and InsufficientStock(stock_left); the writes mean Stale, and ShardShort or
    SnapshotOld of the catalog.
    """
    moves, goods = set_aside(after, after.tables[-1], found, actor, now, random)
    after = replace(after, goods=goods)
    writes = within_bounds([items.changed(before, after), *moves])
    return writes, replace(after, version=before.version + 1)
