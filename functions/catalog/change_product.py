"""PATCH /v1/admin/products/{product_id}: change some terms of a product; what is not sent stays.

Answers after the last stock shard knows, those of new variants and shards among them: from then on
nobody redeems by the old terms. The same change again finishes what a crash left half-way.
"""

from mall import errors
from mall.catalog.administration import AdminProductView, for_admins
from mall.catalog.product import Product
from mall.catalog.requests import ChangeProductRequest
from mall.catalog.terms import change_terms
from mall.http import Caller, PathId, operation
from mall.store import OpenStore, sale
from mall.store.shelf import stock_left


@operation(refuses=(errors.NotFound, errors.Busy))
def change_product(
    request: ChangeProductRequest, product_id: PathId, caller: Caller, store: OpenStore
) -> AdminProductView:
    """Change a product's terms."""

    def change(before: Product) -> Product:
        return change_terms(before, request.said(before.type), caller.id, store.now())

    product = sale.change_product(store, product_id, change)
    return for_admins(product, stock_left(store, product), store.now())
