"""Cursors: where a list goes on, signed for one caller and one list; no other is accepted."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from mall.errors import BadCursor

_MAC_BYTES = 16


def _mac(secret: bytes, scope: str, body: bytes) -> bytes:
    framed = len(scope.encode()).to_bytes(4) + scope.encode() + body
    return hmac.new(secret, framed, hashlib.sha256).digest()[:_MAC_BYTES]


def issue(secret: bytes, scope: str, position: Mapping[str, Any] | None) -> str | None:
    """A cursor for `position` (a JSON object), or None at the end of a list.

    `scope` names the list, its filters and its caller.
    """
    if position is None:
        return None
    body = json.dumps(position, separators=(",", ":"), sort_keys=True).encode()
    return base64.urlsafe_b64encode(_mac(secret, scope, body) + body).decode().rstrip("=")


def accept(secret: bytes, scope: str, cursor: str | None) -> Mapping[str, Any] | None:
    """The position a cursor holds; None when there is no cursor. Raises BadCursor."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadCursor() from error
    mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(secret, scope, body)):
        raise BadCursor()
    position: Mapping[str, Any] = json.loads(body)
    return position
