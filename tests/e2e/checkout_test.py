"""Points at a shop's checkout: quoted, burnt by the member's own code, reversed in proportion."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.mall import Client, admin, any_key, checkout, member_with
from tests.e2e.operating import program

_DISCOUNTS = "/points/discounts"
_UNKNOWN = "aaaaaaaaaaaaaaaaaaaaaaaaaa"


@pytest.fixture(scope="module", autouse=True)
def _terms() -> Iterator[None]:
    """A point is worth a cent, for up to half of a cart: two admins have agreed to it."""
    with program(discounts={"points": 100, "worth": 100, "share_max": "0.5"}):
        yield


def _cart(user_id: str, currency: str = "USD") -> dict[str, Any]:
    cart = {"member": {"user_id": user_id}, "cart_id": any_key()}
    return cart | {"amount": 1_000, "currency": currency}


def _quote(user_id: str) -> dict[str, Any]:
    quote: dict[str, Any] = checkout().told("POST", f"{_DISCOUNTS}/quote", _cart(user_id))
    return quote


def _code(member: Client) -> str:
    code: str = member.told("POST", "/points/discount-codes")["code"]
    return code


def _reverse(discount_id: str, amount: int) -> dict[str, Any]:
    path = f"{_DISCOUNTS}/{discount_id}/reverse"
    reversal: dict[str, Any] = checkout().told("POST", path, {"amount": amount}, key=any_key())
    return reversal


def should_burn_a_quote_once_and_give_back_in_proportion() -> None:
    """Half of the cart at most; two refunds of half of it each return all points."""
    member, user_id = member_with(800)
    quote = _quote(user_id)
    assert (quote["points"], quote["discount"]) == (500, 500)
    body = {"quote_id": quote["quote_id"], "member_code": _code(member)}
    key = any_key()
    given = checkout().told("POST", _DISCOUNTS, body, key=key)
    again = checkout().ask("POST", _DISCOUNTS, body, key=key)
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (given, "true")
    assert checkout().refused("POST", _DISCOUNTS, body, key=any_key()) == (409, "quote_used")
    assert member.told("GET", "/points/balance")["available"] == 300

    returned = [_reverse(given["discount_id"], 500) for _ in range(2)]
    assert [(each["points"], each["amount_left"]) for each in returned] == [(250, 500), (250, 0)]
    path = f"{_DISCOUNTS}/{given['discount_id']}/reverse"
    assert checkout().refused("POST", path, {"amount": 1}, key=any_key()) == (
        409,
        "refund_exceeds",
    )
    assert member.told("GET", "/points/balance")["available"] == 800
    kinds = [entry["kind"] for entry in member.told("GET", "/points/entries")["items"]]
    assert kinds == ["refund", "refund", "discount", "earn"]
    assert admin().told("GET", f"/admin/points/{user_id}/verify") == {"valid": True, "entries": 4}


def should_burn_nothing_without_the_members_own_newest_code() -> None:
    """A partner alone burns nothing, and neither with a code that was replaced."""
    member, user_id = member_with(800)
    quote_id = _quote(user_id)["quote_id"]
    old = _code(member)
    _code(member)
    for code in (old, "invented"):
        body = {"quote_id": quote_id, "member_code": code}
        refusal = checkout().refused("POST", _DISCOUNTS, body, key=any_key())
        assert refusal == (409, "wrong_member_code")
    body = {"quote_id": "invented", "member_code": old}
    assert checkout().refused("POST", _DISCOUNTS, body, key=any_key()) == (409, "bad_quote")
    assert member.told("GET", "/points/balance")["revision"] == 1


def should_refuse_carts_and_refunds_that_cannot_be() -> None:
    """Of nobody, in another currency, of a discount that is none; by whom it does not concern."""
    member, user_id = member_with(10)
    path = f"{_DISCOUNTS}/quote"
    assert checkout().refused("POST", path, _cart("nobody")) == (404, "not_found")
    assert checkout().refused("POST", path, _cart(user_id, "EUR")) == (422, "invalid")
    reverse = f"{_DISCOUNTS}/{_UNKNOWN}/reverse"
    refusal = checkout().refused("POST", reverse, {"amount": 1}, key=any_key())
    assert refusal == (404, "not_found")
    assert member.ask("POST", path, _cart(user_id)).status_code in (401, 403)
