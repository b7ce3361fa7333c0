"""Who calls: the authorizer's claims, the role an operation asks for, and the edge's secret."""

import functools
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_type_hints

import boto3
from aws_lambda_powertools.event_handler import Depends, Request
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from mall import errors
from mall.settings import settings

_KEY_LENGTH_MAX = 255


@dataclass(frozen=True)
class Identity:
    """Who calls: a member's id (the token's subject) or a partner's client id."""

    id: str
    roles: frozenset[str] = frozenset()


NOBODY = Identity("")


def groups(claim: str) -> frozenset[str]:
    """Cognito groups as HTTP APIs deliver them: the text `[admin operator]`, split exactly."""
    return frozenset(claim.removeprefix("[").removesuffix("]").replace(",", " ").split())


def identify(event: Mapping[str, Any], access: str) -> Identity:
    """The caller, if `access` lets them in. The authorizer has checked signature and expiry.

    Raises Forbidden.
    """
    if access == "anyone":
        return NOBODY
    authorizer = event["requestContext"].get("authorizer", {})
    claims = authorizer.get("jwt", {}).get("claims", {})
    if claims.get("token_use") != "access":
        raise errors.Forbidden()
    if "/" in access:
        if access not in claims.get("scope", "").split():
            raise errors.Forbidden()
        return Identity(claims["client_id"])
    caller = Identity(claims["sub"], groups(claims.get("cognito:groups", "")))
    allowed = {"member": True, "operator": bool(caller.roles & {"admin", "operator"})}
    if not allowed.get(access, access in caller.roles):
        raise errors.Forbidden()
    return caller


def _caller(request: Request) -> Identity:
    caller: Identity = request.context["caller"]
    return caller


def _idempotency_key(request: Request) -> str | None:
    key: str | None = request.resolved_event.headers.get("idempotency-key")
    if key is not None and not (1 <= len(key) <= _KEY_LENGTH_MAX and _printable(key)):
        raise errors.IdempotencyKeyRequired()
    return key


def _required_key(request: Request) -> str:
    key = _idempotency_key(request)
    if key is None:
        raise errors.IdempotencyKeyRequired()
    return key


def _bearer(request: Request) -> str:
    sent: str = request.resolved_event.headers.get("authorization", "")
    kind, _, token = sent.partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _printable(text: str) -> bool:
    return text.isascii() and text.isprintable()


LIMIT_MAX = 100
PathId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]  # of whatever was made here
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]
Position = Annotated[str | None, Query(alias="cursor")]
Caller = Annotated[Identity, Depends(_caller)]
IdempotencyKey = Annotated[str, Depends(_required_key)]
OptionalIdempotencyKey = Annotated[str | None, Depends(_idempotency_key)]
Bearer = Annotated[str, Depends(_bearer)]  # a token that nobody has looked at; empty without one


@functools.lru_cache(maxsize=2)
def _origin_secrets(minute: int) -> tuple[str, ...]:
    """The two live values of the origin secret, read anew each minute."""
    arn = settings().origin_secret_arn
    if not arn:
        return ()
    answer = boto3.client("secretsmanager").get_secret_value(SecretId=arn)
    return tuple(json.loads(answer["SecretString"]).values())


def refuse_outsiders(event: Mapping[str, Any]) -> None:
    """Where the stage has an edge, only requests that came through it are heard."""
    secrets = _origin_secrets(int(time.time()) // 60)
    sent = event["headers"].get("x-origin-secret", "").encode()
    if secrets and not any(hmac.compare_digest(sent, secret.encode()) for secret in secrets):
        raise errors.Forbidden()


def takes_key(story: Callable[..., Any]) -> bool | None:
    """Whether a story requires an Idempotency-Key; None when it takes none."""
    hints = get_type_hints(story, include_extras=True).values()
    if IdempotencyKey in hints:
        return True
    return False if OptionalIdempotencyKey in hints else None
