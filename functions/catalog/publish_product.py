"""POST /v1/admin/products/{product_id}/publish: list a product and open its sale window.

Answers after the last stock shard knows. Publishing twice changes nothing, and finishes what a
crash left half-way.
"""

from mall import errors
from mall.catalog.administration import AdminProductView, for_admins
from mall.catalog.changes import publish
from mall.http import PathId, operation
from mall.store import OpenStore
from mall.store.sale import change_product
from mall.store.shelf import stock_left


@operation(refuses=(errors.NotFound, errors.Busy))
def publish_product(product_id: PathId, store: OpenStore) -> AdminProductView:
    """Publish a product."""
    product = change_product(store, product_id, publish)
    return for_admins(product, stock_left(store, product), store.now())
