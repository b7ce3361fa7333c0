"""A client of the deployed stack that speaks only the contract, and the people who use it.

The stack is the one that `stack.json` describes; MALL_STACK names the file.
"""

import json
import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.e2e import routes

T = TypeVar("T")

PASSWORD = "Correct-horse-7"
SIGN_UP_CODE = "123456"  # the emulator's; it sends no mail
RESET_CODE = "654321"  # likewise
_TIMEOUT_S = 60


@cache
def stack_file() -> Path:
    """Where the stack under test left its note."""
    return Path(os.environ["MALL_STACK"])


@cache
def stack() -> Mapping[str, Any]:
    """What `stack.json` says."""
    found: Mapping[str, Any] = json.loads(stack_file().read_text())
    return found


@cache
def http() -> httpx.Client:
    """The connections of this test run; closed when it ends."""
    return httpx.Client(timeout=_TIMEOUT_S, trust_env=False)


@dataclass(frozen=True)
class Client:
    """Requests to the API, with a token when there is one. Thread-safe."""

    token: str = ""

    def ask(
        self, method: str, path: str, body: object = None, *, key: str = "", **query: Any
    ) -> httpx.Response:
        """One request; `key` is its Idempotency-Key."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if key:
            headers["Idempotency-Key"] = key
        url = stack()["api_url"] + path
        answer = http().request(method, url, json=body, headers=headers, params=query)
        routes.note(method, path, answer.status_code)
        return answer

    def told(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        """The body of an answer that must be a success."""
        answer = self.ask(method, path, body, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def refused(self, method: str, path: str, body: object = None, **more: Any) -> tuple[int, str]:
        """Status and code of an answer that must be a refusal."""
        answer = self.ask(method, path, body, **more)
        assert answer.is_error, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.status_code, answer.json()["code"]


def any_key() -> str:
    """An Idempotency-Key that nobody used."""
    return secrets.token_hex(12)


def any_email() -> str:
    """An address that nobody registered."""
    return f"{secrets.token_hex(8)}@example.com"


def log_in(email: str, password: str = PASSWORD) -> Client:
    """A client with the access token of a login."""
    body = {"email": email, "password": password}
    return Client(Client().told("POST", "/sessions", body)["access_token"])


def any_member() -> tuple[Client, str]:
    """Someone who has just registered and confirmed: their client and their user id."""
    return member_of(any_email())


def member_of(email: str, name: str = "Ada") -> tuple[Client, str]:
    """Whoever registers and confirms this address: their client and their user id."""
    body = {"email": email, "password": PASSWORD, "name": name}
    user_id: str = Client().told("POST", "/users", body)["user_id"]
    Client().told("POST", "/users/confirm", {"email": email, "code": SIGN_UP_CODE})
    return log_in(email), user_id


@cache
def admin() -> Client:
    """The stack's admin."""
    login = stack()["admin"]
    return log_in(login["email"], login["password"])


@cache
def approver() -> Client:
    """The stack's other admin, for what takes two."""
    login = stack()["approver"]
    return log_in(login["email"], login["password"])


@cache
def partner() -> Client:
    """The stack's partner, with a client-credentials token to tell of events."""
    return _partner("mall/events")


@cache
def checkout() -> Client:
    """The same partner's checkout, with a token for discounts."""
    return _partner("mall/discounts")


def _partner(scope: str) -> Client:
    known = stack()["partner"]
    answer = http().post(
        known["token_url"],
        auth=(known["client_id"], known["client_secret"]),
        data={"grant_type": "client_credentials", "scope": scope},
    )
    return Client(answer.raise_for_status().json()["access_token"])


def purchase_of(points: int, sku: str = "", **member: str) -> dict[str, Any]:
    """An event: just now this member, by `user_id` or `email`, bought for as many dollars."""
    line = {"quantity": 1, "amount": points * 100}
    return {
        "event_id": any_key(),
        "type": "purchase",
        "member": member,
        "occurred_at": datetime.now(UTC).isoformat(),
        "currency": "USD",
        "lines": [line | ({"sku": sku} if sku else {})],
    }


def give_points(user_id: str, points: int) -> None:
    """Points from a purchase of as many dollars."""
    assert (
        partner().told("POST", "/events", purchase_of(points, user_id=user_id))["points"] == points
    )


def member_with(points: int) -> tuple[Client, str]:
    """Someone new who has earned so many points."""
    member, user_id = any_member()
    give_points(user_id, points)
    return member, user_id


def any_product(codes: int, points: int = 100, **more: Any) -> str:
    """A published coupon with so many codes; its product id."""
    body = {
        "name": f"Coupon {secrets.token_hex(3)}",
        "type": "coupon",
        "category": "tests",
        "price": {"points": points, "cash": None},
        **more,
    }
    product: str = admin().told("POST", "/admin/products", body, key=any_key())["product_id"]
    if codes:
        fresh = [f"{product[:8]}-{secrets.token_hex(6)}" for _ in range(codes)]
        path = f"/admin/products/{product}/codes"
        imported = admin().told("POST", path, {"codes": fresh}, key=any_key())
        assert imported["imported"] == codes
    admin().told("POST", f"/admin/products/{product}/publish")
    return product


def order_of(product: str, points: int = 100, quantity: int = 1) -> dict[str, Any]:
    """The body of an order at a price seen."""
    return {"product_id": product, "quantity": quantity, "price": {"points": points}}


def eventually(ask: Callable[[], T], holds: Callable[[T], bool], deadline_s: float = 60) -> T:
    """Ask until it holds, or fail with the last answer at the deadline."""
    until = time.monotonic() + deadline_s
    while True:
        answer = ask()
        if holds(answer):
            return answer
        assert time.monotonic() < until, f"still {answer} after {deadline_s} s"
