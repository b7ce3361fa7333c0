"""PUT /v1/admin/categories/{category_id}: another name, place or parent of a category.

Its id stays, because products name it. The same request again changes nothing.
"""

from mall import errors
from mall.catalog.browsing import CategoryTerms, CategoryView, category_view
from mall.http import PathId, operation
from mall.store import OpenStore
from mall.store.categories import change_categories


@operation(refuses=(errors.NotFound, errors.Busy))
def change_category(request: CategoryTerms, category_id: PathId, store: OpenStore) -> CategoryView:
    """Change a category."""
    category = request.category(category_id)
    change_categories(store, lambda categories: categories.with_changed(category))
    return category_view(category)
