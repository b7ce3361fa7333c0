"""Categories in the catalog table: read whole, and changed on the whole."""

from collections.abc import Callable

from mall import keys
from mall.catalog.categories import Categories, from_item, save
from mall.catalog.search import Wanted
from mall.errors import Stale
from mall.store.client import Commit, Store

Change = Callable[[Categories], Categories]


def read_categories(store: Store) -> Categories:
    """All categories as they are now."""
    return from_item(store.get("catalog", keys.CATEGORIES))


def change_categories(store: Store, change: Change) -> Categories:
    """Apply a change to the categories. Raises what the change does, and Busy."""

    def attempt(_: Stale | None) -> Commit[Categories]:
        before = read_categories(store)
        after = change(before)
        return Commit([] if after == before else [save(after)], after)

    return store.commit(attempt)


def has_products(store: Store, category_id: str) -> bool:
    """Whether a product is listed in a category, as far as eventual reads tell."""
    query = Wanted(category=category_id).query
    return bool(store.query("catalog", query.condition, query.values, limit=1).items)
