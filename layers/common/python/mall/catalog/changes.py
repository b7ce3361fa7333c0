"""Changing a product: what each change makes of it, and the writes that save it.

Every change of what a sale is decided by (price, sale state and window, limit, tiers, type) bumps
`sale_version`. The product is written first, then each stock shard learns the new version; a
redemption conditions on it, so nobody is charged by a snapshot that is out of date.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mall import keys, writes
from mall.catalog.items import price_item, to_item
from mall.catalog.listing import Listed
from mall.catalog.product import Price, Product
from mall.clock import Millis
from mall.writes import ABSENT, Write, already_done, put, update

Change = Callable[[Product], Product]


def draft(product: Product) -> list[Write]:
    """Write a product that nobody sees yet, and its first price."""
    return [put("catalog", to_item(product), condition=ABSENT), _price_version(product)]


def publish(product: Product) -> Product:
    """The product, listed and on sale within its window. A published one stays as it is."""
    return changed(product, status="published")


def delist(product: Product) -> Product:
    """The product, off sale. A delisted one stays as it is, and so does a draft."""
    if product.status == "draft":
        return product
    return changed(product, status="delisted")


def price_terms(product: Product, price: Price, actor: str, now: Millis) -> dict[str, Any]:
    """The fields that a new price changes, by name; none where the price stays."""
    if price == product.price:
        return {}
    version = product.price_version + 1
    return {"price": price, "price_version": version, "price_at": now, "price_by": actor}


def changed(product: Product, **changes: Any) -> Product:
    """The product with other terms, as a new version of its sale; the same if nothing differs."""
    after = replace(product, **changes)
    if after == product:
        return product
    shown = after.price.cash if after.status != "draft" else None
    currency = product.currency or (shown.currency if shown else None)
    return replace(after, currency=currency, sale_version=product.sale_version + 1)


def save_change(before: Product, after: Product, listed: Listed) -> list[Write]:
    """Make the product the other one, if nobody changed it since `before` was read.

    `listed` is what may be listed of it from now on. What is kept on the item beside the product,
    such as whether it is sold out, stays.
    """
    return [
        writes.changed(
            "catalog",
            to_item(before),
            {**to_item(after), "listing": listed.to_item()},
            condition="#sale_version = :before",
            before=before.sale_version,
        ),
        *([_price_version(after)] if after.price_version != before.price_version else []),
    ]


def _price_version(product: Product) -> Write:
    """Keep the price in force for good, beside those before it."""
    version = {
        **keys.price(product.product_id, product.price_version),
        **price_item(product.price),
        "version": product.price_version,
        "at": product.price_at,
        "actor": product.price_by,
    }
    return put("catalog", version, condition=ABSENT)


def bump_shard(product: Product, sku: str, shard: int) -> Write:
    """Tell one shard the sale version; a shard that knows a newer one stays as it is."""
    counts = ", #available = if_not_exists(#available, :none)"
    return update(
        "catalog",
        keys.stock(product.product_id, sku, shard),
        "SET #sale_version = :sale_version" + counts,
        condition="attribute_not_exists(#sale_version) OR #sale_version < :sale_version",
        refused=already_done,
        sale_version=product.sale_version,
        none=0,
    )
