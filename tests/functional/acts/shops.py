"""What happens at a shop's checkout, and invitations."""

from typing import Any

from tests.builders import any_id
from tests.events import member_claims
from tests.functional.acts.asking import SHOP, call


def any_cart(member: str, amount: object = 1_000, **changed: object) -> dict[str, Any]:
    """A cart of a member's, with so many minor units due."""
    cart = {"member": {"user_id": member}, "cart_id": any_id(), "amount": amount, "currency": "USD"}
    return cart | changed


def quote_discount(member: str, amount: int = 1_000, **changed: object) -> str:
    """The id of a quote for a cart."""
    answer = call("quote_discount", SHOP, body=any_cart(member, amount, **changed))
    assert answer.status == 200, answer.body
    quote_id: str = answer.body["quote_id"]
    return quote_id


def issue_code(member: str) -> str:
    """A member's new one-time code."""
    answer = call("issue_discount_code", member_claims(member))
    assert answer.status == 201, answer.body
    code: str = answer.body["code"]
    return code


def burn_discount(member: str, amount: int = 1_000) -> str:
    """The id of a discount that was given for a cart."""
    body = {"quote_id": quote_discount(member, amount), "member_code": issue_code(member)}
    answer = call("burn_discount", SHOP, body=body, key=any_id())
    assert answer.status == 201, answer.body
    discount_id: str = answer.body["discount_id"]
    return discount_id


def invite_code(member: str) -> str:
    """A member's invite code."""
    answer = call("get_referral", member_claims(member))
    assert answer.status == 200, answer.body
    code: str = answer.body["invite_code"]
    return code
