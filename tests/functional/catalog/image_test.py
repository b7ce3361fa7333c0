"""Images of products: what may be uploaded, and what is looked into before anybody sees it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from mall.errors import Stale
from mall.uploads import Uploads, open_images

from tests.builders import any_id
from tests.events import Answer
from tests.functional.acts import (
    ADMIN,
    any_draft,
    any_image,
    any_image_request,
    any_png,
    call,
)

UNKNOWN = "0" * 26
BEGINS: Mapping[str, bytes] = {
    "image/png": any_png(),
    "image/jpeg": b"\xff\xd8\xff\xe0" + bytes(40),
    "image/webp": b"RIFF\x24\0\0\0WEBPVP8 " + bytes(40),
    "image/avif": b"\0\0\0\x20ftypavif" + bytes(40),
}
CACHED = "public, max-age=31536000, immutable"


def _upload(product: str, **body: object) -> Answer:
    return call(
        "upload_image", ADMIN, path={"product_id": product}, body=any_image_request() | body
    )


def _attach(product: str, image: str) -> Answer:
    return call("attach_image", ADMIN, path={"product_id": product, "image_id": image})


def _put(product: str, image: str, content: bytes) -> None:
    key = f"pending/{product}/{image}"
    boto3.client("s3").put_object(Bucket="images", Key=key, Body=content)


def _kept() -> dict[str, Any]:
    """Type, cache header and bytes of what is served, by address."""
    client = boto3.client("s3")
    found = client.list_objects_v2(Bucket="images", Prefix="images/").get("Contents", [])
    kept = {each["Key"]: client.get_object(Bucket="images", Key=each["Key"]) for each in found}
    return {
        f"/{key}": (one["ContentType"], one["CacheControl"], one["Body"].read())
        for key, one in kept.items()
    }


# --- the link ------------------------------------------------------------------------------------


def should_sign_type_size_and_cache_header_for_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    product = any_draft()
    monkeypatch.setattr(boto3, "client", boto3.Session("key", "secret").client)
    open_images.cache_clear()
    answer = _upload(product, content_type="image/webp", size_bytes=1234)
    assert answer.status == 201
    assert answer.body["headers"] == {
        "Content-Type": "image/webp",
        "Content-Length": "1234",
        "Cache-Control": CACHED,
    }
    asked = parse_qs(urlsplit(answer.body["upload_url"]).query)
    assert asked["X-Amz-Expires"] == ["600"]
    assert asked["X-Amz-SignedHeaders"] == ["cache-control;content-length;content-type;host"]
    assert answer.body["expires_at"].startswith("2026-11-22T12:10:00")


@pytest.mark.parametrize("content_type", BEGINS)
def should_say_where_the_image_will_be(content_type: str) -> None:
    product = any_draft()
    answer = _upload(product, content_type=content_type)
    ending = {"image/jpeg": "jpg"}.get(content_type, content_type.removeprefix("image/"))
    name = answer.body["image_id"].removesuffix(f"-{ending}")
    assert answer.body["image_url"] == f"/images/{product}/{name}.{ending}"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"content_type": "image/svg+xml"}, "content_type"),
        ({"content_type": "text/html"}, "content_type"),
        ({"content_type": None}, "content_type"),
        ({"size_bytes": 0}, "size_bytes"),
        ({"size_bytes": 5 * 1024 * 1024 + 1}, "size_bytes"),
        ({"size_bytes": "100"}, "size_bytes"),
        ({"name": "x.png"}, "name"),
    ],
)
def should_refuse_other_types_and_sizes(changed: Mapping[str, object], field: str) -> None:
    answer = _upload(any_draft(), **changed)
    assert (answer.status, answer.code) == (422, "invalid")
    assert [fault["field"] for fault in answer.body["errors"]] == [field]


def should_sign_no_upload_for_an_unknown_product() -> None:
    assert _upload(UNKNOWN).code == "not_found"


# --- attaching -----------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", BEGINS)
def should_serve_an_image_of_each_type_with_our_own_headers(content_type: str) -> None:
    product = any_draft()
    image = any_image(product, BEGINS[content_type], content_type)
    answer = _attach(product, image)
    assert answer.status == 200
    [url] = answer.body["image_urls"]
    assert _kept() == {url: (content_type, CACHED, BEGINS[content_type])}


def should_attach_once_however_often_it_is_asked() -> None:
    product = any_draft()
    image = any_image(product)
    first = _attach(product, image)
    _put(product, image, b"<script>")
    again = _attach(product, image)
    assert again.body == first.body
    assert {content for _, _, content in _kept().values()} == {any_png()}


def should_keep_the_order_of_attaching() -> None:
    product = any_draft()
    images = [any_image(product) for _ in range(3)]
    for image in images:
        answer = _attach(product, image)
    assert [url.rpartition("/")[2] for url in answer.body["image_urls"]] == [
        image.replace("-", ".") for image in images
    ]


@pytest.mark.parametrize("claimed", BEGINS)
@pytest.mark.parametrize("content", [b"<html>" + bytes(40), b"GIF89a" + bytes(40), b"\x89PN"])
def should_refuse_what_is_not_of_its_type(claimed: str, content: bytes) -> None:
    product = any_draft()
    answer = _attach(product, any_image(product, content, claimed))
    assert (answer.status, answer.code, answer.body["reason"]) == (409, "bad_upload", "type")
    assert _kept() == {}


@pytest.mark.parametrize("claimed", BEGINS)
def should_refuse_another_image_type_than_the_declared_one(claimed: str) -> None:
    product = any_draft()
    for other in set(BEGINS) - {claimed}:
        answer = _attach(product, any_image(product, BEGINS[other], claimed))
        assert (answer.code, answer.body["reason"]) == ("bad_upload", "type")


def should_refuse_more_bytes_than_five_million() -> None:
    """A bucket that checked no signature would have let it in."""
    product = any_draft()
    image = any_image(product)
    _put(product, image, any_png(5 * 1024 * 1024 + 1))
    answer = _attach(product, image)
    assert (answer.code, answer.body["reason"]) == ("bad_upload", "size")


def should_refuse_what_was_never_uploaded() -> None:
    product = any_draft()
    image = _upload(product).body["image_id"]
    answer = _attach(product, image)
    assert (answer.code, answer.body["reason"]) == ("bad_upload", "missing")
    _put(product, image, b"")
    assert _attach(product, image).body["reason"] == "missing"


def should_not_know_an_image_of_another_product() -> None:
    product, other = any_draft(), any_draft()
    image = any_image(other)
    assert _attach(product, image).body["reason"] == "missing"


@pytest.mark.parametrize("image", ["x", f"{UNKNOWN}-gif", "-"])
def should_not_know_an_id_that_was_never_given(image: str) -> None:
    assert _attach(any_draft(), image).code == "not_found"


def should_not_know_the_product() -> None:
    assert _attach(UNKNOWN, f"{any_id()}-png").code == "not_found"


def should_have_no_more_than_eight() -> None:
    product = any_draft()
    for _ in range(8):
        assert _attach(product, any_image(product)).status == 200
    answer = _attach(product, any_image(product))
    assert (answer.status, answer.code, answer.body["limit"]) == (409, "too_many_images", 8)


def should_be_busy_when_another_file_arrives_between_the_look_and_the_copy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The link is still good. tests/race/upload_test.py shows that the bucket tells."""
    product = any_draft()
    image = any_image(product)

    def replaced(*_: object) -> None:
        raise Stale

    with monkeypatch.context() as patch:
        patch.setattr(Uploads, "keep", replaced)
        answer = _attach(product, image)
    assert (answer.status, answer.code) == (503, "busy")
    assert _kept() == {}
    assert _attach(product, image).status == 200


def should_go_on_after_a_death_between_copy_and_product(monkeypatch: pytest.MonkeyPatch) -> None:
    product = any_draft()
    image = any_image(product)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("functions.catalog.attach_image.change_product", dies)
        with pytest.raises(KeyboardInterrupt):
            _attach(product, image)
    assert len(_kept()) == 1
    assert len(_attach(product, image).body["image_urls"]) == 1
    assert len(_kept()) == 1
