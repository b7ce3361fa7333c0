"""POST /v1/admin/products/{product_id}/images/{image_id}/attach: show an uploaded image.

The upload is looked into, copied to where no link leads, and added to the product, in this order:
a crash in between leaves a copy that nobody refers to, and the same call again goes on from it.
The copy is of the very bytes that were looked into; a link that is still good changes nothing.
"""

from mall import errors
from mall.catalog import images
from mall.catalog.administration import AdminProductView, for_admins
from mall.catalog.product import existing
from mall.http import PathId, operation
from mall.store import OpenStore
from mall.store.sale import change_product
from mall.store.shelf import read_product, stock_left
from mall.uploads import OpenImages, Uploads


@operation(refuses=(errors.NotFound, errors.BadUpload, errors.TooManyImages, errors.Busy))
def attach_image(
    product_id: PathId, image_id: PathId, store: OpenStore, files: OpenImages
) -> AdminProductView:
    """Attach an image; attaching it twice changes nothing."""
    url = images.image_url(product_id, image_id)
    product = existing(read_product(store, product_id))
    if images.attach(product, url) != product:
        _keep(files, product_id, image_id)
    product = change_product(store, product_id, lambda before: images.attach(before, url))
    return for_admins(product, stock_left(store, product), store.now())


def _keep(files: Uploads, product_id: str, image_id: str) -> None:
    declared = images.declared_type(image_id)
    pending = images.pending_key(product_id, image_id)
    found = files.looked_into(pending, images.BEGINS_BYTES)
    if found is None:
        raise errors.BadUpload("Nothing was uploaded yet, or it has left again.", reason="missing")
    images.check(declared, found.size_bytes, found.begins)
    kept = images.kept_key(product_id, image_id)
    try:
        files.keep(pending, found.tag, kept, images.headers_kept(declared))
    except errors.Stale as replaced:
        raise errors.Busy("The image is being uploaded again; repeat this.") from replaced
