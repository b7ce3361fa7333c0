"""POST /v1/admin/products: a new product, as a draft that nobody sees yet.

The product's id derives from the caller and the Idempotency-Key, and the receipt keeps the answer:
a retry makes no second product and gets the draft as it was, even after the product has changed.
"""

from mall import errors
from mall.catalog.administration import AdminProductView, for_admins
from mall.catalog.changes import draft
from mall.catalog.requests import CreateProductRequest
from mall.http import Caller, IdempotencyKey, operation
from mall.ids import derived_id, request_hash
from mall.store import Commit, OpenStore
from mall.store.once import once


@operation(
    status=201,
    refuses=(errors.IdempotencyKeyRequired, errors.IdempotencyKeyReused, errors.Busy),
)
def create_product(
    request: CreateProductRequest, key: IdempotencyKey, caller: Caller, store: OpenStore
) -> AdminProductView:
    """Create a product, or answer as before to the same key."""
    product_id = derived_id("create_product", caller.id, key)

    def decide(_: errors.Stale | None) -> Commit[AdminProductView]:
        product = request.product(product_id, caller.id, store.now())
        return Commit(draft(product), for_admins(product, 0, product.created_at))

    digest = request_hash("create_product", request)
    return once(store, AdminProductView, product_id, digest, decide, table="catalog")
