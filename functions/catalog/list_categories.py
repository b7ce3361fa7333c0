"""GET /v1/categories: all categories, by position and name; the tree is told by their parents.

They are at most 500, so they come at once. What was read is remembered for two seconds, and may be
kept for five more by others.
"""

from mall import errors
from mall.catalog.browsing import CategoryListView, category_view
from mall.http import operation
from mall.store import OpenStore
from mall.store.categories import read_categories
from mall.store.window import PUBLIC_AGE_S_MAX, OpenWindow


@operation(refuses=(errors.Busy,), public_s=PUBLIC_AGE_S_MAX)
def list_categories(store: OpenStore, window: OpenWindow) -> CategoryListView:
    """Show all categories."""

    def read() -> CategoryListView:
        return CategoryListView(items=[category_view(each) for each in read_categories(store)])

    return window.categories.get("all", read)
