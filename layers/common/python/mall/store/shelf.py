"""Reading the catalog: product snapshots at most 5 seconds old, and stock over its shards."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import SystemRandom
from typing import Any

from mall import keys
from mall.catalog import stock
from mall.catalog.items import from_item
from mall.catalog.product import Price, Product, existing
from mall.errors import AlreadyDone, Refusal, SoldOut
from mall.store.client import Store
from mall.store.reads import Page
from mall.writes import Item

_SNAPSHOT_AGE_S_MAX = 5.0
_SOLD_OUT_AGE_S_MAX = 0.5
_SNAPSHOTS_MAX = 10_000


@dataclass(frozen=True)
class Demand:
    """What a redemption wants of the shelf: so many units, for the order with this key."""

    order: keys.Key
    units: int


@dataclass(frozen=True)
class _Seen:
    """What all shards of a SKU held when they were looked at, good until, how often in a row."""

    left: int
    until: float
    times: int


_NOTHING_SEEN = _Seen(0, 0.0, 0)
_CROWD = 8


class Shelf:
    """What this process remembers of the catalog. Nothing here is trusted without a condition."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._random = SystemRandom()
        self._snapshots: dict[str, tuple[Product, float]] = {}
        self._seen: dict[tuple[str, str], _Seen] = {}

    def product(self, product_id: str, *, fresh: bool = False) -> Product | None:
        """A product, remembered for 5 seconds unless it must be fresh."""
        known, good_until = self._snapshots.get(product_id, (None, 0.0))
        if known and not fresh and time.monotonic() < good_until:
            return known
        read = read_product(self._store, product_id)
        if read:
            if len(self._snapshots) >= _SNAPSHOTS_MAX:
                self._snapshots.clear()
            self._snapshots[product_id] = (read, time.monotonic() + _SNAPSHOT_AGE_S_MAX)
        return read

    def agreed(
        self, product_id: str, judge: Callable[[Product | None], Price], *, fresh: bool = False
    ) -> tuple[Product, Price]:
        """The product, and the price at which `judge` lets it pass.

        No refusal comes from a remembered snapshot alone. Raises NotFound, and what `judge` does.
        """
        product = self.product(product_id, fresh=fresh)
        try:
            return existing(product), judge(product)
        except Refusal:
            product = self.product(product_id, fresh=True)
            return existing(product), judge(product)

    def choose(self, demand: Demand, product: Product, sku: str, *, short: bool) -> stock.Plan:
        """Which shards serve a redemption: any one, or after a short one, the best of all.

        Raises SoldOut only once the order's own key was looked up, after the shards: no read of
        several items is a snapshot, and it may be this very key that emptied them. If it exists,
        AlreadyDone. SnapshotOld where a shard knows of a change: there may be more of them than the
        snapshot says. While too little was left a moment ago, all shards are looked at first; once
        that has been seen so often that a crowd must be at the door, for half a second only the key
        is read.
        """
        seen = self._seen.get((product.product_id, sku), _NOTHING_SEEN)
        lately = time.monotonic() < seen.until and seen.left < demand.units
        if lately and seen.times >= _CROWD:
            refuse_existing(self._store.get("orders", demand.order))
            raise SoldOut()
        if not short and not lately:
            return stock.any_shard(product, demand.units, self._random)
        looked = self._store.get_many(shard_keys(product, sku))
        stock.refuse_newer(product, looked)
        units = held(looked)
        until = time.monotonic() + _SOLD_OUT_AGE_S_MAX
        times = seen.times + 1 if lately else 1
        self._seen[product.product_id, sku] = _Seen(sum(units.values()), until, times)
        try:
            return stock.plan(units, demand.units, self._random)
        except SoldOut:
            refuse_existing(self._store.get("orders", demand.order))
            raise


def refuse_existing(order: Mapping[str, Any] | None) -> None:
    """Raise AlreadyDone for an order that exists: its key is the receipt."""
    if order:
        raise AlreadyDone(order)


def read_product(store: Store, product_id: str) -> Product | None:
    """A product as it is now."""
    item = store.get("catalog", keys.product(product_id))
    return from_item(item) if item else None


def read_log(store: Store, product_id: str, prefix: str, limit: int, after: Item | None) -> Page:
    """One page of what is kept on record of a product under a prefix of keys, the newest first."""
    return store.query_page(
        "catalog",
        "#pk = :pk AND begins_with(#sk, :prefix)",
        {"pk": keys.product(product_id)["pk"], "prefix": prefix},
        newest_first=True,
        limit=limit,
        after=after,
    )


def shard_keys(product: Product, sku: str) -> list[tuple[keys.Table, keys.Key]]:
    """The keys of every shard of a SKU."""
    return [("catalog", keys.stock(product.product_id, sku, n)) for n in range(product.shards)]


def read_shards(store: Store, product: Product, sku: str) -> Mapping[int, int]:
    """What each shard of a SKU holds now. One round trip."""
    items = store.get_many(shard_keys(product, sku))
    return held(items)


def stock_by_sku(store: Store, product: Product) -> Mapping[str, int]:
    """What is left of each SKU now. One round trip for each."""
    return {sku: sum(read_shards(store, product, sku).values()) for sku in product.skus}


def held(items: Sequence[Mapping[str, int] | None]) -> Mapping[int, int]:
    """Units by shard number; a shard that was never stocked holds none."""
    return {shard: item["available"] if item else 0 for shard, item in enumerate(items)}


def stock_left(store: Store, product: Product) -> int:
    """Units left over all shards of all SKUs of a product; eventually consistent."""
    places = [place for sku in product.skus for place in shard_keys(product, sku)]
    return sum(shard["available"] for shard in store.get_many(places, consistent=False) if shard)
