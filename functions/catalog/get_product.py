"""GET /v1/products/{product_id}: one product with its description, variants and stock.

A draft is as unknown as a product that never was; a delisted one is shown and not available.
`stock_left` is remembered for two seconds, and the answer may be kept for five more by others.
"""

from mall import errors
from mall.catalog.product import visible
from mall.catalog.views import ProductView, whole
from mall.http import PathId, operation
from mall.store import OpenStore
from mall.store.shelf import read_product, stock_left
from mall.store.window import PUBLIC_AGE_S_MAX, OpenWindow


@operation(refuses=(errors.NotFound, errors.Busy), public_s=PUBLIC_AGE_S_MAX)
def get_product(product_id: PathId, store: OpenStore, window: OpenWindow) -> ProductView:
    """Show one product."""
    now = store.now()
    product = visible(read_product(store, product_id), now)
    units = window.units.get(product_id, lambda: stock_left(store, product))
    return whole(product, units, now)
