"""GET /v1/products/{product_id}: one product with its description, variants and stock.

A draft is as unknown as a product that never was; a delisted one is shown and not available.
"""

from mall import errors
from mall.catalog.product import visible
from mall.catalog.views import ProductView, whole
from mall.http import PathId, operation
from mall.store import OpenStore
from mall.store.shelf import read_product, stock_left


@operation(refuses=(errors.NotFound, errors.Busy))
def get_product(product_id: PathId, store: OpenStore) -> ProductView:
    """Show one product."""
    now = store.now()
    product = visible(read_product(store, product_id), now)
    return whole(product, stock_left(store, product), now)
