"""Codes in the catalog table: which are free, which are known, and a batch brought in."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from mall import keys
from mall.catalog.codes import NewCode, add_codes
from mall.catalog.product import Product
from mall.errors import Stale
from mall.store.client import Commit, Store

_FROM = "#pk = :pk AND #sk >= :start"
_BEFORE = "#pk = :pk AND #sk < :start"


def free_codes(
    store: Store, product_id: str, sku: str, count: int, random: Random
) -> list[Mapping[str, Any]]:
    """Up to `count` free codes from a random start, going round, so that rivals rarely meet."""
    values = {"pk": keys.pool(product_id, sku), "start": f"{random.getrandbits(128):032x}"}
    found = store.query("catalog", _FROM, values, limit=count, consistent=True).items
    if len(found) < count:
        rest = count - len(found)
        found += store.query("catalog", _BEFORE, values, limit=rest, consistent=True).items
    return list(found)


def bring_in(
    store: Store, product: Product, sku: str, shard: int, batch: Sequence[NewCode],
    import_id: str, seal: Callable[[Sequence[NewCode]], Mapping[NewCode, bytes]],
) -> list[NewCode]:  # fmt: skip
    """Commit a batch's new codes and their units; returns those known from elsewhere.

    A code that this very import brought in before, in an answer that got lost, is left alone.
    """

    def attempt(_: Stale | None) -> Commit[list[NewCode]]:
        wanted: list[tuple[keys.Table, keys.Key]] = [
            ("catalog", keys.code(product.product_id, code.mac)) for code in batch
        ]
        known = dict(zip(batch, store.get_many(wanted), strict=True))
        new = [code for code, item in known.items() if item is None]
        foreign = [c for c, item in known.items() if item and item["import_id"] != import_id]
        writes = add_codes(product, sku, shard, seal(new), import_id) if new else []
        return Commit(writes, foreign)

    return store.commit(attempt)
