"""Files that admins upload past the API: images of products, and rows to be imported."""

import struct
import zlib
from collections.abc import Mapping
from typing import Any

from tests.e2e.mall import Client, admin, any_key, any_product, eventually, http, stack


def _png() -> bytes:
    """A picture of one red dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    dot = zlib.compress(b"\0\xff\0\0")
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", dot) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def _put(upload: Mapping[str, Any], content: bytes) -> int:
    sent = http().put(upload["upload_url"], content=content, headers=upload["headers"])
    return sent.status_code


def should_show_an_image_that_was_uploaded_and_looked_into() -> None:
    product, content = any_product(codes=0), _png()
    path = f"/admin/products/{product}/images"
    asked = {"content_type": "image/png", "size_bytes": len(content)}
    upload = admin().told("POST", path, asked)
    attach = f"{path}/{upload['image_id']}/attach"
    assert admin().refused("POST", attach) == (409, "bad_upload")
    assert _put({**upload, "headers": {"Content-Type": "text/html"}}, content) == 403
    assert _put(upload, content) == 200
    assert admin().told("POST", attach)["image_urls"] == [upload["image_url"]]
    assert Client().told("GET", f"/products/{product}")["image_urls"] == [upload["image_url"]]
    shown = http().get(stack()["url"] + upload["image_url"])
    assert (shown.status_code, shown.content) == (200, content)
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"
    pending = f"/images/pending/{product}/{upload['image_id']}"
    assert http().get(stack()["url"] + pending).status_code == 404


def _imported(body: Mapping[str, str], content: str) -> dict[str, Any]:
    upload = admin().told("POST", "/admin/imports", body, key=any_key())
    path = f"/admin/imports/{upload['import_id']}"
    assert admin().refused("POST", f"{path}/start") == (409, "bad_upload")
    assert _put(upload, content.encode()) == 200
    admin().told("POST", f"{path}/start")
    state: dict[str, Any] = eventually(
        lambda: admin().told("GET", path), lambda told: told["status"] in ("done", "rejected")
    )
    return state


def should_import_products_whole_or_not_at_all() -> None:
    rows = [
        "name,type,category,points,stock",
        "A mug,physical,tests,5,3",
        "A cup,physical,tests,6,",
    ]
    state = _imported({"kind": "products"}, "\r\n".join(rows))
    assert (state["status"], state["rows"], state["done"]) == ("done", 2, 2), state
    listed = http().get(state["products_url"]).text.split()
    mug = listed[1].partition(",")[2]
    published = admin().told("POST", f"/admin/products/{mug}/publish")
    assert (published["name"], published["stock_left"]) == ("A mug", 3)
    admin().told("POST", f"/admin/products/{mug}/delist")
    refused = _imported({"kind": "products"}, "\r\n".join([*rows, "A jar,glass,tests,5,"]))
    assert (refused["status"], refused["done"]) == ("rejected", 0)
    assert [(each["row"], each["column"]) for each in refused["errors"]] == [(4, "type")]


def should_import_codes_that_deliver() -> None:
    product = any_product(codes=0)
    codes = [any_key() for _ in range(50)]
    state = _imported({"kind": "codes", "product_id": product}, "\n".join(["code", *codes]))
    assert (state["status"], state["done"], state["errors"]) == ("done", 50, [])
    assert admin().told("GET", f"/admin/products/{product}")["stock_left"] == 50
