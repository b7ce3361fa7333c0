"""Images of products: uploaded past the functions, looked into, and kept where no link leads.

An upload lies under `pending/`, which nobody is served from and which empties itself. Only what
was looked into, and is what it says, is copied to `images/`; browsers keep that for a year, so no
image ever changes under its address.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from mall.catalog.changes import changed
from mall.catalog.product import Product
from mall.errors import BadUpload, NotFound, TooManyImages
from mall.models import Request, View

IMAGES_MAX = 8  # of a product
SIZE_BYTES_MAX = 5 * 1024 * 1024
BEGINS_BYTES = 16  # as many as tell one format from another
CACHED = "public, max-age=31536000, immutable"
ImageType = Literal["image/jpeg", "image/png", "image/webp", "image/avif"]
ENDINGS: Mapping[str, str] = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/avif": "avif",
}  # fmt: skip
_TYPES = {ending: kind for kind, ending in ENDINGS.items()}


class UploadImageRequest(Request):
    """What is going to be uploaded: its type, and its size to the byte."""

    content_type: ImageType
    size_bytes: Annotated[int, Field(strict=True, ge=1, le=SIZE_BYTES_MAX)]


class UploadView(View):
    """Where to PUT the image, with exactly these headers, until when; and where it will be.

    `image_url` serves it once it is attached.
    """

    image_id: str
    upload_url: str
    headers: dict[str, str]
    expires_at: str
    image_url: str


def named(image_id: str, content_type: ImageType) -> str:
    """What the image is known by from now on; it ends in the type that was declared."""
    return f"{image_id}-{ENDINGS[content_type]}"


def pending_key(product_id: str, image_id: str) -> str:
    """Where an image is uploaded to."""
    return f"pending/{product_id}/{image_id}"


def kept_key(product_id: str, image_id: str) -> str:
    """Where an attached image is: its address, less the slash before it."""
    name, _, ending = image_id.rpartition("-")
    return f"images/{product_id}/{name}.{ending}"


def image_url(product_id: str, image_id: str) -> str:
    """The address of an attached image, on the origin that serves the mall."""
    return f"/{kept_key(product_id, image_id)}"


def declared_type(image_id: str) -> str:
    """The type that an image's id declares. Raises NotFound for an id that we never gave."""
    declared = _TYPES.get(image_id.rpartition("-")[2])
    if declared is None:
        raise NotFound("There is no such image.")
    return declared


def headers_kept(content_type: str) -> dict[str, str]:
    """The headers that an attached image is served with, as boto3 names them."""
    return {"ContentType": content_type, "CacheControl": CACHED}


def check(declared: str, size_bytes: int, begins: bytes) -> None:
    """Hold an upload to its declared type. Raises BadUpload with the reason `size` or `type`."""
    if size_bytes > SIZE_BYTES_MAX:
        raise BadUpload("The image is too large.", reason="size")
    if found_type(begins) != declared:
        raise BadUpload(f"The file does not begin as {declared} does.", reason="type")


def found_type(begins: bytes) -> str | None:
    """The image type that a file is by its first bytes, or None.

    Sources: RFC 2083, 3.1 (PNG); ITU T.81, B.1.1.3 (JPEG); RFC 9649, 2.4 (WebP); ISO 14496-12
    with the brands of AV1 Image File Format 1.1, 8 (AVIF).
    """
    if begins.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if begins.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if begins[:4] == b"RIFF" and begins[8:12] == b"WEBP":
        return "image/webp"
    if begins[4:8] == b"ftyp" and begins[8:12] in (b"avif", b"avis"):
        return "image/avif"
    return None


def attach(product: Product, url: str) -> Product:
    """The product with one more image, last. Raises TooManyImages."""
    if url in product.image_urls:
        return product
    if len(product.image_urls) >= IMAGES_MAX:
        raise TooManyImages(limit=IMAGES_MAX)
    return changed(product, image_urls=(*product.image_urls, url))
