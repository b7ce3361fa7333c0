"""Codes in the catalog table: which are free, which are known, and a batch brought in."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from mall import keys
from mall.catalog.codes import NewCode, add_codes
from mall.catalog.product import Product
from mall.secrets import CodeVault
from mall.store.client import Commit, Store
from mall.writes import Item, Write

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


def known_codes(store: Store, product_id: str, codes: Sequence[NewCode]) -> dict[NewCode, Item]:
    """Those of the codes that came in before, free or delivered, with what is registered."""
    wanted: list[tuple[keys.Table, keys.Key]] = [
        ("catalog", keys.code(product_id, code.mac)) for code in codes
    ]
    found = zip(codes, store.get_many(wanted), strict=True)
    return {code: item for code, item in found if item is not None}


def incoming(
    store: Store, vault: CodeVault, product: Product, sku: str, shard: int,
    batch: Sequence[NewCode], import_id: str,
) -> tuple[list[Write], list[NewCode]]:  # fmt: skip
    """The write parts of a batch's new codes and their units, and the codes known from elsewhere.

    A code that this very import brought in before, in an answer that got lost, is left alone.
    """
    known = known_codes(store, product.product_id, batch)
    foreign = [code for code, item in known.items() if item["import_id"] != import_id]
    new = [code for code in batch if code not in known]
    if not new:
        return [], foreign
    sealed = vault.seal_all(product.product_id, [code.text for code in new])
    given = dict(zip(new, sealed, strict=True))
    return add_codes(product, sku, shard, given, import_id), foreign


def bring_in(
    store: Store, vault: CodeVault, product: Product, sku: str, shard: int,
    batch: Sequence[NewCode], import_id: str,
) -> list[NewCode]:  # fmt: skip
    """Commit a batch's new codes and their units; returns those known from elsewhere."""
    return store.commit(
        lambda _: Commit(*incoming(store, vault, product, sku, shard, batch, import_id))
    )
