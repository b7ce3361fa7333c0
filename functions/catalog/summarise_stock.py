"""Stream of the catalog table: lists learn that a product is sold out, or is not any more.

Only a shard that became empty, or got units when it had none, is told here: ordinary sales wake
nobody. Each time all shards are read anew, so it matters neither how often nor in which order the
changes are told.
"""

from collections.abc import Sequence

from mall import keys
from mall.store import open_store
from mall.store.summary import summarise
from mall.stream import Change, batch_follower


@batch_follower
def summarise_stock(changes: Sequence[Change]) -> None:
    """Sum up the products whose shards changed, each once."""
    store = open_store()
    for product_id in {keys.stocked_product(change.key["pk"]) for change in changes}:
        summarise(store, product_id)
