"""Changing what is sold: the product first, then every shard by its own retried update, then lists.

If this dies half-way, some shards know the old version. They serve new snapshots all the same and
refuse none that is current; the next change, or the same call again, teaches the rest. The rows of
lists are found and brought in line the same way.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from mall import keys
from mall.catalog.changes import bump_shard, save_change
from mall.catalog.items import from_item
from mall.catalog.listing import Listed, listing_of
from mall.catalog.product import Product, existing
from mall.errors import AlreadyDone, Stale
from mall.store.client import Commit, Store
from mall.store.listing import settle_rows
from mall.store.shelf import shard_keys

_WRITERS = 16


def change_product(store: Store, product_id: str, change: Callable[[Product], Product]) -> Product:
    """Apply a change, and return when the last shard knows it and lists show it.

    Raises NotFound, Busy.
    """

    def attempt(_: Stale | None) -> Commit[tuple[Product, bool]]:
        item = existing(store.get("catalog", keys.product(product_id)))
        before, listed = from_item(item), Listed.of(item)
        after = change(before)
        due = listed.towards(listing_of(after))
        same = after == before and due == listed
        return Commit([] if same else save_change(before, after, due), (after, due.settled))

    product, settled = store.commit(attempt)
    with ThreadPoolExecutor(_WRITERS) as writers:
        list(writers.map(lambda place: _teach(store, product, *place), _behind(store, product)))
    if not settled:
        settle_rows(store, product_id)
    return product


def _behind(store: Store, product: Product) -> list[tuple[str, int]]:
    """The shards, by SKU and number, that do not know the product's sale version yet."""
    places = [(sku, shard) for sku in product.skus for shard in range(product.shards)]
    wanted = [key for sku in product.skus for key in shard_keys(product, sku)]
    return [
        place
        for place, item in zip(places, store.get_many(wanted), strict=True)
        if item is None or item["sale_version"] < product.sale_version
    ]


def _teach(store: Store, product: Product, sku: str, shard: int) -> None:
    try:
        store.commit(lambda _: Commit([bump_shard(product, sku, shard)], None))
    except AlreadyDone:
        return  # the shard knows this version, or a newer one
