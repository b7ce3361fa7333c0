"""POST /v1/admin/products/{product_id}/delist: take a product off sale.

Answers after the last stock shard knows: from then on nobody can redeem it, whatever snapshot they
hold. Delisting twice changes nothing, and finishes what a crash left half-way.
"""

from mall import errors
from mall.catalog.administration import AdminProductView, for_admins
from mall.catalog.changes import delist
from mall.http import PathId, operation
from mall.store import OpenStore
from mall.store.sale import change_product
from mall.store.shelf import stock_left


@operation(refuses=(errors.NotFound, errors.Busy))
def delist_product(product_id: PathId, store: OpenStore) -> AdminProductView:
    """Delist a product."""
    product = change_product(store, product_id, delist)
    return for_admins(product, stock_left(store, product), store.now())
