"""Opening a lottery: units set aside, shards made, the seed sealed and its anchor made known.

All of it commits together, so a lottery is open with everything that its prizes need, or a draft.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from mall.catalog import stock
from mall.catalog.product import Product, sku_of
from mall.clock import Millis
from mall.errors import Fault, Invalid, LotteryFixed
from mall.ids import derived_id
from mall.lottery import fairness, items, shards
from mall.lottery.lottery import Goods, Lottery, goods_key
from mall.lottery.table import Prize, PrizeKind, PrizeTable
from mall.writes import ABSENT, Item, Write, put

_WRITES_MAX = 100  # of one transaction
_TYPES: Mapping[PrizeKind, tuple[str, ...]] = {
    "product": ("physical", "virtual", "service"),
    "coupon": ("coupon",),
    "voucher": ("discount",),
}
Found = Mapping[str, tuple[Product, str, Mapping[int, int]]]  # product, SKU, units by shard


def anchor_of(last: bytes, lottery: Lottery) -> bytes:
    """What the last seed of a lottery's chain leads to: published before the first draw."""
    return fairness.before(last, lottery.epochs)


def open_lottery(
    lottery: Lottery, found: Found, seed: Item, anchor: bytes, actor: str, now: Millis,
    random: Random,
) -> tuple[list[Write], Lottery]:  # fmt: skip
    """The writes that open a draft, and the lottery then; `seed` is the item of the sealed one.

    Raises LotteryFixed(fixed), Invalid and InsufficientStock(stock_left); the writes mean Stale,
    and ShardShort or SnapshotOld of the catalog.
    """
    if lottery.status != "draft":
        raise LotteryFixed(fixed="status")
    if lottery.closes_at <= now:
        raise Invalid(faults=[_fault("closes_at", "must be in the future")])
    moves, goods = set_aside(lottery, lottery.tables[-1], found, actor, now, random)
    after = replace(lottery, status="open", anchor=anchor, goods=goods, opened_at=now)
    writes = [
        items.changed(lottery, after),
        put("points", seed, condition=ABSENT),
        *shards.opened(after),
        *moves,
    ]
    return within_bounds(writes), replace(after, version=lottery.version + 1)


def within_bounds(writes: list[Write]) -> list[Write]:
    """The writes, if they fit one transaction. Raises Invalid."""
    if len(writes) > _WRITES_MAX:
        message = "their units lie in more places than can be set aside at once"
        raise Invalid(faults=[_fault("prizes", message)])
    return writes


def set_aside(
    lottery: Lottery, table: PrizeTable, found: Found, actor: str, now: Millis, random: Random
) -> tuple[list[Write], Mapping[str, Goods]]:
    """Write parts that take the units of a table's prizes out of the catalog, and the goods.

    Raises Invalid for a product that is no such prize, and InsufficientStock(stock_left).
    """
    faults = [
        fault
        for place, prize in enumerate(table.prizes)
        if prize.delivered
        for fault in _of_product(prize, found, f"prizes.{place}")
    ]
    if faults:
        raise Invalid(faults=faults)
    writes: list[Write] = []
    goods = dict(lottery.goods)
    for name, prizes in _by_goods(table.prizes).items():
        product, sku, held = found[name]
        shard = 0
        if product.counted:
            units = sum(prize.stock or 0 for prize in prizes)
            plan = stock.plan_movement(product, held, -units, product.shards, random)
            shard = next(iter(plan))
            logged = {
                "movement_id": derived_id("prizes", lottery.lottery_id, str(table.version), name),
                "at": now, "sku": sku, "delta": -units, "reason": "prizes", "actor": actor,
                "lottery_id": lottery.lottery_id,
            }  # fmt: skip
            writes += stock.move(product, plan, logged)
        goods[name] = Goods(
            product.product_id, product.name, product.type, sku, product.counted, shard,
            product.voucher_terms,
        )  # fmt: skip
    return writes, goods


def _by_goods(prizes: Sequence[Prize]) -> Mapping[str, list[Prize]]:
    """The prizes of each product and SKU."""
    grouped: dict[str, list[Prize]] = {}
    for prize in prizes:
        if prize.delivered:
            grouped.setdefault(goods_key(prize.product_id, prize.sku), []).append(prize)
    return grouped


def _of_product(prize: Prize, found: Found, path: str) -> list[Fault]:
    """What is wrong with a product as a prize."""
    name = goods_key(prize.product_id, prize.sku)
    if name not in found:
        return [_fault(f"{path}.product_id", "there is no such product")]
    product, _, _ = found[name]
    if product.type not in _TYPES[prize.kind]:
        return [_fault(f"{path}.kind", f"does not go with a product of type {product.type}")]
    if product.counted and prize.stock is None:
        return [_fault(f"{path}.stock", "the product can run out, so the prize must have an end")]
    return []


def wanted(table: PrizeTable) -> Sequence[tuple[str, str]]:
    """The products that a table's prizes are, with the SKU as the table says it."""
    return list({(p.product_id, p.sku): None for p in table.prizes if p.delivered})


def sku_for(product: Product, sku: str, path: str) -> str:
    """The SKU of a product that is won. Raises Invalid."""
    try:
        return sku_of(product, sku or None)
    except Invalid as error:
        raise Invalid(faults=[_fault(path, error.faults[0]["message"])]) from error


def _fault(field: str, message: str) -> Fault:
    return {"field": field, "message": message}
