"""Uploads by a link, on a bucket that checks signatures and conditions."""

from collections.abc import Mapping
from typing import Any

import boto3
import httpx
import pytest
from mall.catalog import images
from mall.errors import Stale
from mall.uploads import Uploads

from local.emulator import Emulator
from tests.builders import any_id

PNG = b"\x89PNG\r\n\x1a\n" + bytes(92)
HEADERS = {"Content-Type": "image/png", "Cache-Control": images.CACHED}


@pytest.fixture(name="files")
def _files(bare_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Uploads:
    session = boto3.Session("test", "test", region_name="us-east-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    monkeypatch.setenv("AWS_ENDPOINT_URL", bare_emulator.url)
    bucket = f"images-{any_id()}"
    session.client("s3").create_bucket(Bucket=bucket)
    return Uploads(bucket)


def _link(files: Uploads, key: str, size_bytes: int = len(PNG)) -> str:
    return files.link(
        key, ContentType="image/png", ContentLength=size_bytes, CacheControl=images.CACHED
    )


def _put(link: str, content: bytes = PNG, headers: Mapping[str, str] = HEADERS) -> int:
    return httpx.put(link, content=content, headers=dict(headers), trust_env=False).status_code


@pytest.mark.parametrize(
    "sent",
    [
        {"content": PNG + b"x"},
        {"content": PNG[:-1]},
        {"headers": HEADERS | {"Content-Type": "text/html"}},
        {"headers": HEADERS | {"Cache-Control": "no-store"}},
        {"headers": {"Content-Type": "image/png"}},
    ],
)
def should_take_exactly_what_was_signed(files: Uploads, sent: dict[str, Any]) -> None:
    link = _link(files, "pending/a")
    assert _put(link, **sent) == 403
    assert files.arrived("pending/a") is None
    assert _put(link) == 200
    found = files.looked_into("pending/a", images.BEGINS_BYTES)
    assert found
    assert (found.size_bytes, found.begins) == (len(PNG), PNG[: images.BEGINS_BYTES])


def should_let_a_link_lead_to_its_own_key_only(files: Uploads) -> None:
    link = _link(files, "pending/a")
    assert _put(link.replace("pending/a", "images/a")) == 403


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def should_keep_the_bytes_that_were_looked_into(files: Uploads, guarded: bool) -> None:
    """The link is good for 10 minutes, and its holder sends other bytes after the look."""
    link = _link(files, "pending/a")
    assert _put(link) == 200
    found = files.looked_into("pending/a", images.BEGINS_BYTES)
    assert found
    script = b"<script>".ljust(len(PNG))
    assert _put(link, script) == 200
    newest = files.arrived("pending/a")
    assert newest
    tag = found.tag if guarded else newest.tag
    if guarded:
        with pytest.raises(Stale):
            files.keep("pending/a", tag, "images/a", images.headers_kept("image/png"))
        with pytest.raises(Stale):
            files.read("pending/a", tag)
        assert files.arrived("images/a") is None
    else:
        assert files.keep("pending/a", tag, "images/a", images.headers_kept("image/png"))
        assert files.read("images/a", tag) == script


def should_remove_what_is_there_and_what_is_not(files: Uploads) -> None:
    assert _put(_link(files, "pending/a")) == 200
    for _ in range(2):
        files.remove("pending/a")
    assert files.arrived("pending/a") is None
    assert not files.keep("pending/a", "any", "images/a", images.headers_kept("image/png"))
