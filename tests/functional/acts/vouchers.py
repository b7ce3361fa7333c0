"""Vouchers, issued and burned."""

from typing import Any

from tests.builders import any_id
from tests.events import Answer
from tests.functional.acts.asking import SHOP, call
from tests.functional.acts.catalog import any_product
from tests.functional.acts.orders import fulfil, order_of, place
from tests.functional.acts.points import any_member_with


def any_voucher_order(
    worth: int | None = 500, days: int | None = 30, quantity: int = 1, **changed: object
) -> tuple[str, str]:
    """A member, and the id of their order of a voucher of so many cents, issued just now."""
    cash = None if worth is None else {"amount": worth, "currency": "USD"}
    terms = {"worth": cash, "valid_days": days}
    sold: dict[str, Any] = {"type": "discount", "stock_mode": "unlimited", "voucher": terms}
    product = any_product(codes=0, **sold | changed)
    member = any_member_with(50 * quantity)
    order: str = place(member, product, quantity=quantity)["order_id"]
    assert fulfil(order) == []
    return member, order


def voucher_code(member: str, order: str) -> str:
    """The code of an order's voucher, as its member sees it."""
    code: str = order_of(member, order)["delivery"]["voucher"]["code"]
    return code


def any_burned_voucher(cart: str = "cart") -> str:
    """The code of a voucher that was burned for a cart."""
    code = voucher_code(*any_voucher_order())
    assert burn_voucher(code, cart).status == 200
    return code


def burn_voucher(code: str, cart: str = "cart", key: str | None = None) -> Answer:
    """What a shop is answered that burns a voucher for a cart."""
    body = {"code": code, "cart_id": cart}
    return call("burn_voucher", SHOP, body=body, key=key or any_id())
