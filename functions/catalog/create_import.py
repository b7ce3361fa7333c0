"""POST /v1/admin/imports: begin an import, with a link to upload its file with for 10 minutes.

The import's own item is its receipt. The same key answers with a new link to the same file; once
the import was started, a file that is sent there changes nothing.
"""

from mall import errors
from mall.catalog.imports import progress
from mall.catalog.product import delivering_codes, existing, sku_of
from mall.clock import instant
from mall.http import Caller, IdempotencyKey, operation
from mall.ids import derived_id, request_hash
from mall.receipts import same_request
from mall.store import Commit, OpenStore, Store
from mall.store.shelf import read_product
from mall.uploads import UPLOAD_LIFE_S, OpenImportFiles


@operation(
    status=201,
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def create_import(
    request: progress.ImportRequest, key: IdempotencyKey, caller: Caller, store: OpenStore,
    files: OpenImportFiles,
) -> progress.ImportUploadView:  # fmt: skip
    """Begin an import, or answer to the same key with a new link."""
    now = store.now()
    begun = progress.Import(
        import_id=derived_id("create_import", caller.id, key), kind=request.kind,
        product_id=request.product_id or "", sku=_sku(store, request), actor=caller.id,
        created_at=now, request_hash=request_hash("create_import", request),
    )  # fmt: skip
    view = progress.ImportUploadView(
        import_id=begun.import_id,
        upload_url=files.link(begun.key("upload"), ContentType=progress.MEDIA_TYPE),
        headers={"Content-Type": progress.MEDIA_TYPE},
        expires_at=instant(now + UPLOAD_LIFE_S * 1000),
    )
    try:
        return store.commit(lambda _: Commit([progress.opened(begun)], view))
    except errors.AlreadyDone as done:
        same_request(done.item, begun.request_hash)
        return view.as_replay()


def _sku(store: Store, request: progress.ImportRequest) -> str:
    if not request.product_id:
        return ""
    product = delivering_codes(existing(read_product(store, request.product_id)))
    return sku_of(product, request.sku)
