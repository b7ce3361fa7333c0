"""PUT /v1/admin/products/{product_id}/price: a new price, as a new version of the price.

Answers after the last stock shard knows: from then on nobody is charged the old price. The same
price twice changes nothing, and finishes what a crash left half-way.
"""

from mall import errors
from mall.catalog.changes import set_price as priced
from mall.catalog.requests import PriceRequest
from mall.catalog.views import ProductView, whole
from mall.http import PathId, operation
from mall.store import OpenStore
from mall.store.sale import change_product
from mall.store.shelf import stock_left


@operation(refuses=(errors.NotFound, errors.Busy))
def set_price(request: PriceRequest, product_id: PathId, store: OpenStore) -> ProductView:
    """Set a product's price."""
    product = change_product(store, product_id, lambda before: priced(before, request.price))
    return whole(product, stock_left(store, product), store.now())
