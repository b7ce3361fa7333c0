"""Whether a product is sold out, as lists show it: summed up over its shards, kept on its item.

Rivals sum up at the same time, each on behalf of another shard. Whoever writes must be the first
since reading the count of summaries, and reads all shards after that count. So the summary that
stays has seen every shard that any other one was made for.
"""

from mall import keys
from mall.catalog.items import from_item
from mall.errors import Stale
from mall.keys import Key, Table
from mall.store.client import Commit, Store
from mall.store.shelf import shard_keys
from mall.writes import update


def summarise(store: Store, product_id: str) -> None:
    """Keep whether a product has units in any shard; of an unknown one nothing. Raises Busy."""

    def attempt(_: Stale | None) -> Commit[None]:
        item = store.get("catalog", keys.product(product_id))
        if item is None:
            return Commit([], None)
        product = from_item(item)
        places = [place for sku in product.skus for place in shard_keys(product, sku)]
        count = item.get("summaries", 0)
        write = update(
            "catalog",
            keys.product(product_id),
            "SET #sold_out = :sold_out, #summaries = :next",
            condition="#summaries = :count" if count else "attribute_not_exists(#summaries)",
            sold_out=not _any_units(store, places),
            next=count + 1,
            more={"count": count} if count else {},
        )
        return Commit([write], None)

    store.commit(attempt)


def _any_units(store: Store, places: list[tuple[Table, Key]]) -> bool:
    """Whether any shard holds units now, read consistently."""
    return any(shard and shard["available"] > 0 for shard in store.get_many(places))
