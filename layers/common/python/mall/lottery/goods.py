"""The products that are won: whether they can be, and their units set aside for it.

What can be won is always there: the units of a version of the table leave the catalog's stock in
the transaction that publishes it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from mall.catalog import stock
from mall.catalog.product import Product
from mall.clock import Millis
from mall.errors import Fault, InsufficientStock, Invalid
from mall.ids import derived_id
from mall.lottery.lottery import Goods, Lottery, goods_key
from mall.lottery.table import Prize, PrizeKind, PrizeTable
from mall.writes import Write

_WRITES_MAX = 100  # of one transaction
_TYPES: Mapping[PrizeKind, tuple[str, ...]] = {
    "product": ("physical", "virtual", "service"),
    "coupon": ("coupon",),
    "voucher": ("discount",),
}
Place = tuple[str, str]  # product and SKU
Products = Mapping[str, Product]  # those that there are, by id


@dataclass(frozen=True)
class Found:
    """Products that have no fault as prizes, with the units of each counted SKU, by shard."""

    products: Products
    held: Mapping[Place, Mapping[int, int]]


def wanted(table: PrizeTable) -> list[str]:
    """The ids of the products that can be won."""
    named = (prize.product_id for prize in table.prizes if prize.delivered)
    return [product_id for product_id in dict.fromkeys(named) if product_id]


def product_faults(table: PrizeTable, products: Products) -> Iterator[Fault]:
    """What is wrong with the products of a table as prizes."""
    for number, prize in enumerate(table.prizes):
        if not prize.delivered or not prize.product_id:
            continue
        path, product = f"prizes.{number}", products.get(prize.product_id)
        if product is None:
            yield _fault(f"{path}.product_id", "there is no such product")
            continue
        if product.type not in _TYPES[prize.kind]:
            yield _fault(f"{path}.kind", f"does not go with a product of type {product.type}")
        if not prize.sku and len(product.skus) > 1:
            yield _fault(f"{path}.sku", "this product has several")
        if prize.sku and prize.sku not in product.skus:
            yield _fault(f"{path}.sku", "this product has no such SKU")
        if product.counted and prize.stock is None:
            message = "the product can run out, so the prize must have an end"
            yield _fault(f"{path}.stock", message)


def counted_units(table: PrizeTable, products: Products) -> Mapping[Place, int]:
    """How many units a table needs of each SKU that is counted. No product may be at fault."""
    units: dict[Place, int] = {}
    for prize in table.prizes:
        if prize.delivered and products[prize.product_id].counted:
            place = (prize.product_id, _sku(prize, products))
            units[place] = units.get(place, 0) + (prize.stock or 0)
    return units


def set_aside(
    lottery: Lottery, table: PrizeTable, found: Found, actor: str, now: Millis, random: Random
) -> tuple[list[Write], Mapping[str, Goods]]:  # fmt: skip
    """Write parts that take the units of a table out of the catalog, and all goods of the lottery.

    Raises InsufficientStock(stock_left); the writes mean
    ShardShort or SnapshotOld of the catalog, both Stale.
    """
    products = found.products
    writes: list[Write] = []
    home: dict[Place, int] = {}
    for (product_id, sku), units in counted_units(table, products).items():
        product, version = products[product_id], str(table.version)
        try:
            plan = stock.plan_movement(
                product, found.held[product_id, sku], -units, product.shards, random
            )
        except InsufficientStock as short:
            detail = f"There are fewer units of {product.name} ({sku}) than can be won."
            raise InsufficientStock(detail, **short.facts) from short
        home[product_id, sku] = next(iter(plan))
        logged = {
            "movement_id": derived_id("prizes", lottery.lottery_id, version, product_id, sku),
            "at": now, "sku": sku, "delta": -units, "reason": "prizes", "actor": actor,
            "lottery_id": lottery.lottery_id,
        }  # fmt: skip
        writes += stock.move(product, plan, logged)
    return writes, {**lottery.goods, **_goods(table, products, home)}


def _goods(table: PrizeTable, products: Products, home: Mapping[Place, int]) -> dict[str, Goods]:
    goods = {}
    for prize in table.prizes:
        if prize.delivered:
            product, sku = products[prize.product_id], _sku(prize, products)
            goods[goods_key(prize.product_id, prize.sku)] = Goods(
                product.product_id, product.name, product.type, sku, product.counted,
                home.get((product.product_id, sku), 0), product.voucher_terms,
            )  # fmt: skip
    return goods


def within_bounds(writes: list[Write]) -> list[Write]:
    """The writes, if they fit one transaction. Raises Invalid."""
    if len(writes) > _WRITES_MAX:
        raise Invalid.of("prizes", "their units lie in more places than can be set aside at once")
    return writes


def _sku(prize: Prize, products: Products) -> str:
    """The SKU that is won; it may stay unsaid where there is only one."""
    return prize.sku or products[prize.product_id].skus[0]


def _fault(field: str, message: str) -> Fault:
    return {"field": field, "message": message}
