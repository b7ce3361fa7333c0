"""The terms of a product: which ones go together, and what a change makes of them.

Its type and stock mode are for ever, because orders, codes and counts follow from them. Shards and
variants only become more, because each one may hold units that somebody is about to buy. The
currency stays from the first cash price that was published, because a member may send the amount
alone: nobody who saw 5.00 dollars pays 5.00 dinars.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mall.catalog.changes import changed, price_terms
from mall.catalog.product import (
    BY_CODES,
    BY_VOUCHER,
    Product,
    ProductType,
    StockMode,
    VoucherTerms,
)
from mall.clock import Millis
from mall.errors import Fault, Invalid

STOCK_ITEMS_MAX = 256  # of a product: a change of its sale reaches each one


def stock_mode_of(type_: ProductType, said: StockMode | None) -> StockMode:
    """How a product is stocked: counted, unless told otherwise; coupons by their codes."""
    if said in (None, "direct"):
        return "codes" if type_ in BY_CODES else "direct"
    return said


def faults(product: Product) -> Iterator[Fault]:
    """What of a product's terms does not go together, by field."""
    if max(1, len(product.variants)) * product.shards > STOCK_ITEMS_MAX:
        yield _fault("shards", f"Variants times shards must not be more than {STOCK_ITEMS_MAX}.")
    if len({v.sku for v in product.variants}) != len(product.variants):
        yield _fault("variants", "Two variants have the same sku.")
    if product.by_codes and product.stock_mode == "unlimited":
        yield _fault("stock_mode", "Each unit of this type is a code, so its stock has an end.")
    if not product.by_codes and product.stock_mode == "codes":
        yield _fault("stock_mode", "Only coupons and virtual products are stocked by codes.")
    if product.stock_mode == "queued" and product.price.cash:
        yield _fault("price", "What is sold through the queue costs points only.")
    if product.voucher != VoucherTerms() and product.type not in BY_VOUCHER:
        yield _fault("voucher", "Only services and discounts deliver a voucher.")
    yield from _empty_windows(product)


def _empty_windows(product: Product) -> Iterator[Fault]:
    for name in ("on_sale", "listed"):
        begin, end = getattr(product, f"{name}_from"), getattr(product, f"{name}_until")
        if begin is not None and end is not None and begin >= end:
            yield _fault(f"{name}_until", f"Must be later than {name}_from.")


def change_terms(product: Product, said: Mapping[str, Any], actor: str, now: Millis) -> Product:
    """The product with the terms that were said, as one new version of its sale.

    `said` has fields of a product by name, in plain values, of which `price` becomes a new version
    of the price. Raises Invalid, naming each field that cannot change so.
    """
    priced = price_terms(product, said.get("price", product.price), actor, now)
    after = changed(product, **{**said, **priced})
    if wrong := [*_fixed(product, after), *faults(after)]:
        raise Invalid(faults=wrong)
    return after


def _fixed(before: Product, after: Product) -> Iterator[Fault]:
    """What of a product can never change so, by field."""
    if after.type != before.type:
        yield _fault("type", "A product keeps its type.")
    if after.stock_mode != before.stock_mode:
        yield _fault("stock_mode", "A product keeps its stock mode.")
    if after.shards < before.shards:
        yield _fault("shards", "A product may get more shards, not fewer.")
    if after.variants and not before.variants:
        yield _fault("variants", "A product that was made without variants gets none.")
    cash = after.price.cash
    if cash and before.currency and cash.currency != before.currency:
        message = f"A product that was published keeps its currency, {before.currency}."
        yield _fault("price.cash.currency", message)
    if {v.sku for v in before.variants} - {v.sku for v in after.variants}:
        yield _fault("variants", "A product may get more variants, and keeps those it has.")


def _fault(field: str, message: str) -> Fault:
    return {"field": field, "message": message}
