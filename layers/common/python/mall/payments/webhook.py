"""A delivery of Stripe's: who signed it and when, and which payment it speaks of.

Signed is the raw body, so nothing is parsed before. Whatever the event says is a hint: it names an
intent to ask Stripe about, and nothing in it is believed. So a delivery that is repeated, late or
out of order does no harm, and its id need not be remembered.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from aws_lambda_powertools.event_handler import Depends, Request
from pydantic import BaseModel, Field, ValidationError

from mall.errors import BadSignature, Malformed

AGE_S_MAX = 300
SIZE_BYTES_MAX = 256 * 1024
_HEADER_LENGTH_MAX = 4096


@dataclass(frozen=True)
class SignedBody:
    """A body exactly as it was sent, and the `Stripe-Signature` header with it."""

    body: bytes
    signature: str


def _delivery(request: Request) -> SignedBody:
    """The request's own bytes, which API Gateway may have packed. Raises Malformed."""
    event = request.resolved_event.raw_event
    body = event.get("body") or ""
    try:
        raw = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    except (binascii.Error, UnicodeEncodeError) as error:
        raise Malformed() from error
    if len(raw) > SIZE_BYTES_MAX:
        raise Malformed("The body is too large.")
    return SignedBody(raw, event["headers"].get("stripe-signature", ""))


Delivery = Annotated[SignedBody, Depends(_delivery)]


def check_signature(body: bytes, header: str, secrets: Sequence[str], now_s: int) -> None:
    """Whether one of the live secrets signed this body within 300 s of `now_s`, real time.

    `header` is `t=<seconds>,v1=<hex>[,v1=...]`. Raises BadSignature.
    """
    parts = [part.partition("=") for part in header[:_HEADER_LENGTH_MAX].split(",")]
    times = [value for name, _, value in parts if name.strip() == "t"]
    given = [value.strip().encode() for name, _, value in parts if name.strip() == "v1"]
    at = times[0].strip() if len(times) == 1 else ""
    if not (at.isascii() and at.isdecimal() and len(at) <= len(str(2**53))):
        raise BadSignature()
    if abs(now_s - int(at)) > AGE_S_MAX:
        raise BadSignature()
    signed = [
        hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest().encode()
        for secret in secrets
        if secret
    ]
    if not any(hmac.compare_digest(one, sent) for one in signed for sent in given):
        raise BadSignature()


class _Metadata(BaseModel):
    order_id: str = ""
    stage: str = ""


class _Thing(BaseModel):
    object: str = ""
    id: str = ""
    payment_intent: str | None = None
    metadata: _Metadata = Field(default_factory=_Metadata)


class _Data(BaseModel):
    object: _Thing


class _Event(BaseModel):
    data: _Data


def hint(body: bytes, stage: str) -> str | None:
    """The intent to ask about; None where a signed event speaks of none, or of another stage's.

    A charge or a refund names its intent and not the stage, so only asking tells whose it is.
    """
    try:
        thing = _Event.model_validate_json(body).data.object
    except ValidationError:
        return None
    if thing.object == "payment_intent":
        return thing.id if thing.metadata.order_id and thing.metadata.stage == stage else None
    return thing.payment_intent
