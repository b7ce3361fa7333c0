"""POST /v1/admin/categories: a new category, at the top or below another one.

The same request again is answered as before: the id in it is the category's own.
"""

from mall import errors
from mall.catalog.browsing import CategoryView, CreateCategoryRequest, category_view
from mall.http import operation
from mall.store import OpenStore
from mall.store.categories import change_categories


@operation(
    status=201,
    refuses=(errors.CategoryExists, errors.TooManyCategories, errors.Busy),
)
def create_category(request: CreateCategoryRequest, store: OpenStore) -> CategoryView:
    """Create a category."""
    category = request.category(request.category_id)
    change_categories(store, lambda categories: categories.with_new(category))
    return category_view(category)
