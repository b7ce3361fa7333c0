"""Bringing rows in: batches of one transaction each, and what of them is written.

An id follows from import and row. A draft is written only where there is none, so even a row that
came a second time could make no second product.
"""

from collections.abc import Iterator, Sequence

from mall.catalog import stock
from mall.catalog.changes import draft
from mall.catalog.codes import CODES_PER_COMMIT_MAX, NewCode
from mall.catalog.imports.products import NewProduct
from mall.catalog.imports.progress import Import
from mall.catalog.product import Product
from mall.clock import Millis
from mall.ids import derived_id
from mall.writes import Write

_WRITES_MAX = 95  # of a transaction of 100 items, beside the import itself
_REASON = "bulk import"


def product_id_of(import_id: str, row: int) -> str:
    """The id of the product that a row becomes."""
    return derived_id("bulk_import", import_id, str(row))


def next_products(found: Sequence[NewProduct], imported: Import, now: Millis) -> list[list[Write]]:
    """The write parts of each of the next rows that fit into one transaction; one at least."""
    taken: list[list[Write]] = []
    for new in found:
        parts = _parts(new, imported, now)
        if taken and sum(map(len, taken)) + len(parts) > _WRITES_MAX:
            break
        taken.append(parts)
    return taken


def _parts(new: NewProduct, imported: Import, now: Millis) -> list[Write]:
    product_id = product_id_of(imported.import_id, new.row)
    product = new.request.product(product_id, imported.actor, now)
    parts = draft(product)
    if new.request.stock:
        units = new.request.stock
        [sku] = product.skus
        logged = {
            "movement_id": product_id, "at": now, "sku": sku, "delta": units, "reason": _REASON,
            "actor": imported.actor,
        }  # fmt: skip
        none_yet = dict.fromkeys(range(product.shards), 0)
        parts += stock.move(product, stock.spread(units, none_yet, product.shards), logged)
    return parts


def next_codes(
    found: Sequence[NewCode], imported: Import, product: Product
) -> tuple[int, Sequence[NewCode]]:
    """The next codes that fit into one transaction, and the shard that gets their units."""
    shard = imported.done // CODES_PER_COMMIT_MAX % product.shards
    return shard, found[:CODES_PER_COMMIT_MAX]


def products_file(found: Sequence[NewProduct], import_id: str) -> Iterator[str]:
    """Which row became which product, line by line."""
    yield "row,product_id\r\n"
    for new in found:
        yield f"{new.row},{product_id_of(import_id, new.row)}\r\n"
