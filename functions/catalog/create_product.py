"""POST /v1/admin/products: a new product, as a draft that nobody sees yet.

The product's id derives from the caller and the Idempotency-Key, and the receipt keeps the answer:
a retry makes no second product and gets the draft as it was, even after the product has changed.
"""

from mall import errors
from mall.catalog import changes
from mall.catalog.administration import AdminProductView, for_admins
from mall.catalog.requests import CreateProductRequest
from mall.http import Caller, IdempotencyKey, operation
from mall.ids import derived_id, request_hash
from mall.receipts import replayed
from mall.store import Commit, OpenStore


@operation(
    status=201,
    refuses=(errors.IdempotencyKeyRequired, errors.IdempotencyKeyReused, errors.Busy),
)
def create_product(
    request: CreateProductRequest, key: IdempotencyKey, caller: Caller, store: OpenStore
) -> AdminProductView:
    """Create a product, or answer as before to the same key."""
    receipt_id = derived_id("create_product", caller.id, key)
    digest = request_hash("create_product", request)
    product = request.product(receipt_id, caller.id, store.now())
    view = for_admins(product, 0, store.now())
    writes = changes.create(product, receipt_id, digest, view.model_dump_json())
    try:
        return store.commit(lambda _: Commit(writes, view))
    except errors.AlreadyDone as done:
        return replayed(AdminProductView, done.item, digest)
