"""Records of a stream as Lambda hands them over: JSON, in which bytes are base64 text."""

import base64
from collections.abc import Mapping
from typing import Any, Literal

from boto3.dynamodb.types import TypeSerializer

Item = Mapping[str, Any]
_write = TypeSerializer().serialize


def stream_event(*records: Mapping[str, Any]) -> dict[str, Any]:
    """The event of one batch."""
    return {"Records": list(records)}


def stream_record(
    new: Item | None = None,
    old: Item | None = None,
    kind: Literal["INSERT", "MODIFY", "REMOVE"] = "INSERT",
    number: int = 0,
) -> dict[str, Any]:
    """One record; `number` is its sequence number."""
    keys = {name: (new or old or {})[name] for name in ("pk", "sk")}
    change: dict[str, Any] = {"SequenceNumber": str(number), "Keys": _image(keys)}
    if new is not None:
        change["NewImage"] = _image(new)
    if old is not None:
        change["OldImage"] = _image(old)
    return {"eventID": str(number), "eventName": kind, "dynamodb": change}


def _image(item: Item) -> dict[str, Any]:
    return {name: _as_json(_write(value)) for name, value in item.items()}


def _as_json(value: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, held),) = value.items()
    if kind == "B":
        return {kind: base64.b64encode(bytes(held)).decode()}
    if kind == "L":
        return {kind: [_as_json(part) for part in held]}
    if kind == "M":
        return {kind: {name: _as_json(part) for name, part in held.items()}}
    return {kind: held}
