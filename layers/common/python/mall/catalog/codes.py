"""Codes: what a coupon or a virtual product delivers. Importing N new codes adds N to the stock.

A code is known by its HMAC and kept sealed. Its registry item says that it was imported once, for
ever; its pool item says that it is free. Popping removes the pool item, so no two orders can hold
one code, and a code known already never comes in again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mall import keys
from mall.catalog import stock
from mall.catalog.product import Product
from mall.writes import ABSENT, Write, delete, put, stale, update

CODES_PER_COMMIT_MAX = 40  # two items a code and the shard stay under 100 items a transaction


@dataclass(frozen=True)
class NewCode:
    """A code of an import: its row in the request, what it is known by, and the code in clear."""

    row: int
    mac: str
    text: str


def shard_of(code: NewCode, product: Product) -> int:
    """Rows go round the shards, so that an import fills them evenly."""
    return code.row % product.shards


def add_codes(
    product: Product, sku: str, shard: int, codes: Mapping[NewCode, bytes], import_id: str
) -> list[Write]:
    """Write parts of one batch: registry, pool and stock together. Stale when a code is known
    by now.

    `codes` gives each new code its sealed text.
    """
    writes = [stock.add(product, sku, shard, len(codes))]
    for code, sealed in codes.items():
        registered = {**keys.code(product.product_id, code.mac), "sku": sku, "import_id": import_id}
        free = {"pk": keys.pool(product.product_id, sku), "sk": code.mac, "sealed": sealed}
        writes.append(put("catalog", registered, condition=ABSENT, refused=stale))
        writes.append(put("catalog", free))
    return writes


def pop(product_id: str, free: Sequence[Mapping[str, Any]], order_id: str) -> list[Write]:
    """Write parts that give these free codes to an order; Stale when another order was faster."""
    return [
        write
        for code in free
        for write in (
            delete(
                "catalog",
                {"pk": code["pk"], "sk": code["sk"]},
                condition="attribute_exists(#pk)",
            ),
            update(
                "catalog",
                keys.code(product_id, code["sk"]),
                "SET #order_id = :order_id",
                condition="attribute_exists(#pk) AND attribute_not_exists(#order_id)",
                order_id=order_id,
            ),
        )
    ]
