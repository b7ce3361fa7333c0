"""Changing a product: what each change makes of it, and the writes that save it.

Every change of what a sale is decided by (price, sale state and window, limit, tiers, type) bumps
`sale_version`. The product is written first, then each stock shard learns the new version; a
redemption conditions on it, so nobody is charged by a snapshot that is out of date.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mall import keys
from mall.catalog.items import to_item
from mall.catalog.product import Price, Product
from mall.receipts import receipt
from mall.writes import ABSENT, Write, already_done, put, stale, update

Change = Callable[[Product], Product]


def create(product: Product, receipt_id: str, request_hash: bytes, answer: str) -> list[Write]:
    """Write a draft and its receipt; a receipt that exists answers instead."""
    return [
        receipt("catalog", receipt_id, request_hash, answer),
        put("catalog", to_item(product), condition=ABSENT),
    ]


def publish(product: Product) -> Product:
    """The product, listed and on sale within its window. A published one stays as it is."""
    return changed(product, status="published")


def delist(product: Product) -> Product:
    """The product, off sale. A delisted one stays as it is, and so does a draft."""
    if product.status == "draft":
        return product
    return changed(product, status="delisted")


def set_price(product: Product, price: Price) -> Product:
    """The product at a new price. The same price stays as it is."""
    if price == product.price:
        return product
    return changed(product, price=price, price_version=product.price_version + 1)


def changed(product: Product, **changes: Any) -> Product:
    """The product with other terms, as a new version of its sale; the same if nothing differs."""
    after = replace(product, **changes)
    return product if after == product else replace(after, sale_version=product.sale_version + 1)


def save_change(before: Product, after: Product) -> list[Write]:
    """Write the product anew, if nobody changed it since `before` was read."""
    return [
        put(
            "catalog",
            to_item(after),
            condition="#sale_version = :before",
            refused=stale,
            before=before.sale_version,
        )
    ]


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
