"""PUT /v1/admin/products/{product_id}/price: a new price, as a new version of the price.

Answers after the last stock shard knows: from then on nobody is charged the old price. The same
price twice changes nothing, and finishes what a crash left half-way.
"""

from mall import errors
from mall.catalog.administration import AdminProductView, for_admins
from mall.catalog.product import Product
from mall.catalog.requests import PriceRequest
from mall.catalog.terms import change_terms
from mall.http import Caller, PathId, operation
from mall.store import OpenStore
from mall.store.sale import change_product
from mall.store.shelf import stock_left


@operation(refuses=(errors.NotFound, errors.Busy))
def set_price(
    request: PriceRequest, product_id: PathId, caller: Caller, store: OpenStore
) -> AdminProductView:
    """Set a product's price. Raises Invalid for cash where the product takes none."""

    def change(before: Product) -> Product:
        return change_terms(before, {"price": request.price}, caller.id, store.now())

    product = change_product(store, product_id, change)
    return for_admins(product, stock_left(store, product), store.now())
