"""GET /v1/admin/products/{product_id}: one product as it is now, a draft too."""

from mall import errors
from mall.catalog.administration import AdminProductView, for_admins
from mall.catalog.product import existing
from mall.http import PathId, operation
from mall.store import OpenStore
from mall.store.shelf import read_product, stock_left


@operation(refuses=(errors.NotFound, errors.Busy))
def get_admin_product(product_id: PathId, store: OpenStore) -> AdminProductView:
    """Show one product."""
    product = existing(read_product(store, product_id))
    return for_admins(product, stock_left(store, product), store.now())
