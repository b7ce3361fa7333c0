"""DELETE /v1/admin/categories/{category_id}: a category that nothing is in goes away.

While products are listed in it, or categories are below it, it stays. A product that is published
into it at the same moment loses nothing: products are listed by a category's id, with or without
the category.
"""

from mall import errors
from mall.catalog.categories import Categories
from mall.http import PathId, operation
from mall.store import OpenStore
from mall.store.categories import change_categories, has_products


@operation(status=204, refuses=(errors.NotFound, errors.InUse, errors.Busy))
def delete_category(category_id: PathId, store: OpenStore) -> None:
    """Delete a category."""

    def change(categories: Categories) -> Categories:
        left = categories.without(category_id)
        if has_products(store, category_id):
            raise errors.InUse("Products are listed in this category.")
        return left

    change_categories(store, change)
