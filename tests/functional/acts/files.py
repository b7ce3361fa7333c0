"""Files that are uploaded: images and imports."""

from typing import Any

import boto3

from tests.builders import any_id
from tests.functional.acts.asking import ADMIN, call


def any_png(size_bytes: int = 100) -> bytes:
    """A file that begins as a PNG does."""
    return b"\x89PNG\r\n\x1a\n".ljust(size_bytes, b"0")


def any_image_request(content: bytes = b"", content_type: str = "image/png") -> dict[str, Any]:
    """A request to upload an image."""
    return {"content_type": content_type, "size_bytes": len(content or any_png())}


def any_import_request(product: str | None = None) -> dict[str, Any]:
    """A request to import products, or codes of a product."""
    return {"kind": "codes", "product_id": product} if product else {"kind": "products"}


def any_import(content: bytes | None = None, product: str | None = None) -> str:
    """The id of an import that was not started; without content, nothing was uploaded."""
    request = any_import_request(product)
    answer = call("create_import", ADMIN, body=request, key=any_id())
    assert answer.status == 201, answer.body
    import_id: str = answer.body["import_id"]
    if content is not None:
        upload_import(import_id, content)
    return import_id


def upload_import(import_id: str, content: bytes) -> None:
    """Upload an import's file."""
    key = f"imports/{import_id}/upload.csv"
    boto3.client("s3").put_object(Bucket="files", Key=key, Body=content)


def any_image(product: str, content: bytes = b"", content_type: str = "image/png") -> str:
    """The id of an image that was uploaded and not attached; the bucket itself checked nothing."""
    content = content or any_png()
    request = any_image_request(content, content_type)
    answer = call("upload_image", ADMIN, path={"product_id": product}, body=request)
    assert answer.status == 201, answer.body
    image: str = answer.body["image_id"]
    place = f"pending/{product}/{image}"
    boto3.client("s3").put_object(Bucket="images", Key=place, Body=content)
    return image
