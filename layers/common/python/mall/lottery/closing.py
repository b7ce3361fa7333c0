"""Closing a lottery: nothing is drawn any more, and what nobody won goes back to the catalog.

    open ──▶ closing ──▶ every shard closed ──▶ units back, one movement each ──▶ closed

Once every shard is closed what they hold is final, so whoever comes to close, however often and
after whatever death, finds the same units left. Each movement carries a receipt and so happens
once. A scheduled lottery draws its winners after its shards are closed, and then goes on from
there.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mall.catalog import stock
from mall.catalog.product import Product
from mall.clock import Millis, instant
from mall.errors import LotteryClosed
from mall.ids import derived_id
from mall.lottery.lottery import Lottery, goods_key
from mall.lottery.shards import Shard
from mall.receipts import receipt
from mall.writes import Write

Left = Mapping[tuple[int, int], int]  # units that nobody won, by version and place in its table
_REASON = "prizes not won"


@dataclass(frozen=True)
class Return:
    """Units of one product that go back: those that a version of the table set aside for nobody."""

    movement_id: str
    lottery_id: str
    product_id: str
    sku: str
    units: int


def stopped(lottery: Lottery) -> Lottery:
    """The lottery with nothing drawn or sold any more; one that has come further as it is.

    Raises LotteryClosed(opens_at, closes_at) for a draft, which was never open.
    """
    if lottery.status == "draft":
        raise LotteryClosed(
            "This lottery has not been opened.",
            opens_at=instant(lottery.opens_at),
            closes_at=instant(lottery.closes_at),
        )
    return replace(lottery, status="closing") if lottery.status == "open" else lottery


def closed(lottery: Lottery, now: Millis) -> Lottery:
    """The lottery once all is done; one that is closed as it is."""
    if lottery.status == "closed":
        return lottery
    return replace(lottery, status="closed", closed_at=now)


def unwon(lottery: Lottery, shards: Sequence[Shard]) -> Left:
    """Units of each limited prize of an instant lottery that nobody won, by its shards."""
    return {
        (table.version, place): (table.prizes[place].stock or 0)
        - sum(shard.given(table.version, place) for shard in shards)
        for table in lottery.tables
        for place in table.limited
    }


def returns(lottery: Lottery, left: Left) -> list[Return]:
    """What goes back to the catalog: for each version of the table, each product once."""
    found: list[Return] = []
    for table in lottery.tables:
        units: Counter[tuple[str, str]] = Counter()
        for place in table.limited:
            prize = table.prizes[place]
            goods = lottery.goods.get(goods_key(prize.product_id, prize.sku))
            if goods and goods.counted:
                units[goods.product_id, goods.sku] += left.get((table.version, place), 0)
        for (product_id, sku), unclaimed in units.items():
            own = derived_id("unwon", lottery.lottery_id, str(table.version), product_id, sku)
            if unclaimed:
                found.append(Return(own, lottery.lottery_id, product_id, sku, unclaimed))
    return found


def give_back(
    back: Return, product: Product, held: Mapping[int, int], among: int, actor: str, now: Millis
) -> list[Write]:
    """Write parts of one return, over `among` shards of the product. They mean AlreadyDone.

    Where codes back the stock too: the lottery gives back what it took, and no code came or went.
    """
    logged = {
        "movement_id": back.movement_id, "at": now, "sku": back.sku, "delta": back.units,
        "reason": _REASON, "actor": actor, "lottery_id": back.lottery_id,
    }  # fmt: skip
    plan = stock.spread(back.units, held, among)
    return [receipt("catalog", back.movement_id, b""), *stock.move(product, plan, logged)]
