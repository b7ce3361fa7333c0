"""Builders of the events that API Gateway sends (payload format 2.0), and the answer read back.

event = http_event("PATCH /v1/me", body={"name": "Ada"}, claims=member_claims("some-sub"))
answer = ask(update_me, event, access="member")
assert (answer.status, answer.body["name"]) == (200, "Ada")
"""

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from mall.http import Operation

from tests import contract

Claims = Mapping[str, str]


def member_claims(member: str, *roles: str) -> dict[str, str]:
    """What the authorizer hands over of a member's access token; every claim arrives as text."""
    claims = {
        "sub": member,
        "username": member,
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "client_id": "member-client",
    }
    return claims | ({"cognito:groups": f"[{' '.join(roles)}]"} if roles else {})


def partner_claims(client: str, *scopes: str) -> dict[str, str]:
    """What the authorizer hands over of a partner's client-credentials token."""
    return {"sub": client, "client_id": client, "token_use": "access", "scope": " ".join(scopes)}


def http_event(
    route: str,
    *,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    body: object = None,
    claims: Claims | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The event of one request to `route`, such as `GET /v1/orders/{order_id}`.

    `path` fills the route's parameters. `body` is sent as JSON, except that text is sent as it is
    and bytes in base64, which is how API Gateway passes on what is not text.
    """
    method, _, url = route.partition(" ")
    for name, value in (path or {}).items():
        url = url.replace(f"{{{name}}}", quote(value, safe=""))
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    if body is not None:
        sent.setdefault("content-type", "application/json")
    text, encoded = _encoded(body)
    context: dict[str, Any] = {
        "accountId": "000000000000",
        "apiId": "api",
        "domainName": "api.example.test",
        "domainPrefix": "api",
        "http": {
            "method": method,
            "path": url,
            "protocol": "HTTP/1.1",
            "sourceIp": "192.0.2.1",
            "userAgent": "tests",
        },
        "requestId": str(uuid.uuid4()),
        "routeKey": route,
        "stage": "$default",
        "time": "22/Nov/2026:09:30:00 +0000",
        "timeEpoch": 1795339800000,
    }
    if claims is not None:
        context["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": url,
        "rawQueryString": urlencode(query or {}),
        "headers": sent,
        "requestContext": context,
        "isBase64Encoded": encoded,
    }
    optional = {"queryStringParameters": query, "pathParameters": path, "body": text}
    return event | {name: value for name, value in optional.items() if value is not None}


def _encoded(body: object) -> tuple[str | None, bool]:
    if body is None or isinstance(body, str):
        return body, False
    if isinstance(body, bytes):
        return base64.b64encode(body).decode(), True
    return json.dumps(body), False


@dataclass(frozen=True)
class Answer:
    """An answer as its client sees it; header names are lower case, no body is an empty one."""

    status: int
    headers: Mapping[str, str]
    body: Any = field(default_factory=dict)

    @property
    def code(self) -> str | None:
        """The stable code of a refusal."""
        code: str | None = self.body.get("code") if isinstance(self.body, dict) else None
        return code

    @property
    def fields(self) -> list[str]:
        """The fields that a refusal finds fault with."""
        return [fault["field"] for fault in self.body.get("errors", [])]


def ask(handler: Operation[..., Any], event: dict[str, Any], *, access: str) -> Answer:
    """Let an operation that needs `access` answer an event, through its whole entry wrapper.

    The answer is held against the contract, and remembered.
    """
    raw = handler.respond(event, None, access)
    headers = {name.lower(): value for name, value in raw["headers"].items()}
    text = raw.get("body")
    answer = Answer(raw["statusCode"], headers, _read(headers, text) if text else {})
    contract.note(handler.story.__name__, answer.status, answer.code)
    return answer


def _read(headers: Mapping[str, str], text: str) -> Any:
    """A body as its media type says; a file that is no JSON is text."""
    return json.loads(text) if "json" in headers.get("content-type", "json") else text
