"""POST /v1/admin/products/{product_id}/codes: bring in redeemable codes; N new ones add N to stock.

Each batch commits its codes and their units together. A crash between two batches leaves the rest
outside; the same key and body finishes the import and answers for the whole of it. A code that is
known already, free or delivered, is refused by row. The receipt is sealed by the secret that codes
are told apart by, so whoever reads it can try no code on it.
"""

from mall import errors
from mall.catalog.imports.code_batches import answer, batches, new_codes
from mall.catalog.product import delivering_codes, existing, sku_of
from mall.catalog.requests import ImportCodesRequest
from mall.catalog.views import ImportView
from mall.http import Caller, IdempotencyKey, PathId, operation
from mall.ids import derived_id, sealed_hash
from mall.secrets import CodeMacsSecret, OpenVault, code_mac
from mall.store import OpenStore
from mall.store.codes import bring_in
from mall.store.receipts import claim
from mall.store.shelf import read_product


@operation(
    status=201,
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def import_codes(
    request: ImportCodesRequest, product_id: PathId, key: IdempotencyKey, caller: Caller,
    store: OpenStore, secret: CodeMacsSecret, vault: OpenVault,
) -> ImportView:  # fmt: skip
    """Import codes, or finish and answer as before to the same key."""
    product = delivering_codes(existing(read_product(store, product_id)))
    sku = sku_of(product, request.sku)
    import_id = derived_id("import_codes", caller.id, product_id, key)
    digest = sealed_hash(secret, "import_codes", request)
    begun_before = claim(store, "catalog", import_id, digest)
    codes, repeated = new_codes(request.codes, lambda text: code_mac(secret, product_id, text))
    known = [
        code
        for shard, batch in batches(codes, product)
        for code in bring_in(store, vault, product, sku, shard, batch, import_id)
    ]
    view = answer(codes, known, repeated)
    return view.as_replay() if begun_before else view
