"""POST /v1/admin/products/{product_id}/images: a link to upload an image with, good for 10 minutes.

The signature binds type, size and cache headers, so the bucket takes nothing else. Nothing is
written here: an upload that is never attached leaves the bucket after a day.
"""

from mall import errors
from mall.catalog import images
from mall.catalog.product import existing
from mall.clock import instant
from mall.http import PathId, operation
from mall.ids import new_id
from mall.store import OpenStore
from mall.store.shelf import read_product
from mall.uploads import UPLOAD_LIFE_S, OpenImages


@operation(status=201, refuses=(errors.NotFound, errors.Busy))
def upload_image(
    request: images.UploadImageRequest, product_id: PathId, store: OpenStore, files: OpenImages
) -> images.UploadView:
    """Sign an upload."""
    existing(read_product(store, product_id))
    image_id = images.named(new_id(), request.content_type)
    url = files.link(
        images.pending_key(product_id, image_id),
        ContentType=request.content_type,
        ContentLength=request.size_bytes,
        CacheControl=images.CACHED,
    )
    return images.UploadView(
        image_id=image_id,
        upload_url=url,
        headers={
            "Content-Type": request.content_type,
            "Content-Length": str(request.size_bytes),
            "Cache-Control": images.CACHED,
        },
        expires_at=instant(store.now() + UPLOAD_LIFE_S * 1000),
        image_url=images.image_url(product_id, image_id),
    )
