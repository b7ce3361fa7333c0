"""Ids: random where something is new, derived where a retry must find the same thing."""

import base64
import hashlib
import hmac
import secrets

from pydantic import BaseModel

_LENGTH = 26  # base32 characters: 130 bits


def text_of(raw: bytes) -> str:
    """The first 130 bits of these bytes in base32, as every id here is written."""
    return base64.b32encode(raw).decode().lower()[:_LENGTH]


def new_id() -> str:
    """An id that nobody can guess: 130 random bits in base32."""
    return text_of(secrets.token_bytes(17))


def derived_id(*parts: str) -> str:
    """The id that these parts always give; parts are length-prefixed, so none can imitate two."""
    framed = b"".join(len(p.encode()).to_bytes(4) + p.encode() for p in parts)
    return text_of(hashlib.sha256(framed).digest())


def request_hash(route: str, request: BaseModel) -> bytes:
    """16 bytes that tell two requests under one key apart.

    Only the fields that were sent count: a field that a later version adds changes no hash, so a
    key that was used long ago is still answered as before.
    """
    return hashlib.sha256(_framed(route, request)).digest()[:16]


def sealed_hash(secret: bytes, route: str, request: BaseModel) -> bytes:
    """The same for a request that holds codes: without the secret no guess can be tried on it."""
    return hmac.new(secret, b"request" + _framed(route, request), hashlib.sha256).digest()[:16]


def _framed(route: str, request: BaseModel) -> bytes:
    sent = request.model_dump_json(exclude_unset=True).encode()
    return len(route.encode()).to_bytes(4) + route.encode() + sent
