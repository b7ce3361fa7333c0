"""Opening a lottery: units set aside, shards made, the seed sealed and its anchor made known.

All of it commits together, so a lottery is open with everything that its prizes need, or a draft.
"""

from dataclasses import replace
from random import Random

from mall.clock import Millis
from mall.errors import Invalid, LotteryFixed
from mall.lottery import fairness, items, shards
from mall.lottery.goods import Found, Products, product_faults, set_aside, within_bounds
from mall.lottery.lottery import Lottery
from mall.writes import ABSENT, Item, Write, put


def anchor_of(last: bytes, lottery: Lottery) -> bytes:
    """What the last seed of a lottery's chain leads to: published before the first draw."""
    return fairness.before(last, lottery.epochs)


def openable(lottery: Lottery, products: Products, now: Millis) -> Lottery:
    """The draft, if it can be opened as the catalog is now. Raises LotteryFixed(fixed), Invalid."""
    if lottery.status != "draft":
        raise LotteryFixed(fixed="status")
    faults = list(product_faults(lottery.tables[-1], products))
    if lottery.closes_at <= now:
        faults.insert(0, {"field": "closes_at", "message": "must be in the future"})
    if faults:
        raise Invalid(faults=faults)
    return lottery


def open_lottery(
    lottery: Lottery, found: Found, seed: Item, anchor: bytes, actor: str, now: Millis,
    random: Random,
) -> tuple[list[Write], Lottery]:  # fmt: skip
    """The writes that open an `openable` draft, and the lottery then.

    `seed` is the item of the sealed one. Raises Invalid and InsufficientStock(stock_left); the
    writes mean Stale, and ShardShort or SnapshotOld of the catalog.
    """
    moves, goods = set_aside(lottery, lottery.tables[-1], found, actor, now, random)
    after = replace(lottery, status="open", anchor=anchor, goods=goods, opened_at=now)
    writes = [
        items.changed(lottery, after),
        put("points", seed, condition=ABSENT),
        *shards.opened(after),
        *moves,
    ]
    return within_bounds(writes), replace(after, version=lottery.version + 1)
