"""A delivery of Stripe's: who signed it and when, and which payment it speaks of.

Signed is the raw body, so nothing is parsed before. Whatever the event says is a hint: it names an
intent to ask Stripe about, and nothing in it is believed. So a delivery that is repeated, late or
out of order does no harm, and its id need not be remembered.
"""

import hashlib
import hmac
from collections.abc import Sequence

from pydantic import BaseModel, Field, ValidationError

from mall.errors import BadSignature

AGE_S_MAX = 300
_HEADER_LENGTH_MAX = 4096


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
    id: str = ""
    type: str = ""
    data: _Data


class Hint(BaseModel):
    """The intent that an event speaks of, and for what order of which stage it says it is."""

    event_id: str
    kind: str
    intent_id: str
    order_id: str
    stage: str


def hint(body: bytes) -> Hint | None:
    """What a signed event points at; None for one that speaks of no payment."""
    try:
        event = _Event.model_validate_json(body)
    except ValidationError:
        return None
    thing = event.data.object
    intent_id = thing.id if thing.object == "payment_intent" else thing.payment_intent
    if not intent_id:
        return None
    return Hint(
        event_id=event.id, kind=event.type, intent_id=intent_id,
        order_id=thing.metadata.order_id, stage=thing.metadata.stage,
    )  # fmt: skip
