"""Receipts of operations whose own item is not their receipt: same key and body, same answer."""

from collections.abc import Mapping
from typing import Any, TypeVar

from mall import keys
from mall.errors import IdempotencyKeyReused
from mall.models import View
from mall.writes import ABSENT, Write, already_done, put

V = TypeVar("V", bound=View)


def receipt(table: keys.Table, receipt_id: str, request_hash: bytes, answer: str = "") -> Write:
    """Write part that keeps a receipt; it means AlreadyDone when there is one."""
    item = {**keys.receipt(receipt_id), "request_hash": request_hash, "answer": answer}
    return put(table, item, condition=ABSENT, refused=already_done)


def replayed(view: type[V], item: Mapping[str, Any], request_hash: bytes) -> V:
    """The answer that a receipt holds. Raises IdempotencyKeyReused for another request."""
    same_request(item, request_hash)
    return view.model_validate_json(item["answer"]).as_replay()


def same_request(item: Mapping[str, Any], request_hash: bytes) -> None:
    """Refuse another request under a key that was used. Raises IdempotencyKeyReused."""
    if item["request_hash"] != request_hash:
        raise IdempotencyKeyReused()
