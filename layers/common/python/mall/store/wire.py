"""DynamoDB's wire format and the mall's plain values: integers, text, bytes, lists, maps."""

import base64
import re
from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

_NAME = re.compile(r"#(\w+)")


class _PlainValues(TypeDeserializer):
    """Numbers are integers here and bytes are bytes: the mall stores nothing else."""

    def _deserialize_n(self, value: str) -> int:
        return int(value)

    def _deserialize_b(self, value: bytes) -> bytes:
        return bytes(value)


_serialize = TypeSerializer().serialize
_deserialize = _PlainValues().deserialize


def written(values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values as they go to DynamoDB."""
    return {name: _serialize(value) for name, value in values.items()}


def read(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item from DynamoDB in plain values."""
    return {name: _deserialize(value) for name, value in item.items()}


def names(*expressions: str) -> dict[str, str]:
    """What each `#name` of the expressions stands for."""
    return {f"#{name}": name for text in expressions for name in _NAME.findall(text)}


def from_stream(image: Mapping[str, Any]) -> dict[str, Any]:
    """An item as a stream's record carries it, in the plain values that reads give.

    Records are JSON, in which bytes are base64 text; everything else is as on the wire.
    """
    return read({name: _with_bytes(value) for name, value in image.items()})


def _with_bytes(value: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, held),) = value.items()
    if kind == "B":
        return {kind: base64.b64decode(held)}
    if kind == "M":
        return {kind: {name: _with_bytes(part) for name, part in held.items()}}
    if kind == "L":
        return {kind: [_with_bytes(part) for part in held]}
    return {kind: held}
