"""Orders after they were placed, on the deployed stack: shipped, sent back, refunded, cancelled."""

from typing import Any

from tests.e2e.mall import Client, admin, any_key, any_product, eventually, member_with, order_of
from tests.e2e.quotes_test import ADDRESS

_PARCEL = {"carrier": "Royal Mail", "tracking_number": "AB 123"}


def _goods(units: int) -> str:
    product = any_product(codes=0, type="physical")
    stocked = {"delta": units, "reason": "delivered"}
    admin().told("POST", f"/admin/products/{product}/stock", stocked, key=any_key())
    return product


def _ordered(member: Client, product: str, quantity: int) -> str:
    address = member.told("POST", "/me/addresses", ADDRESS)["address_id"]
    body = order_of(product, quantity=quantity) | {"address_id": address}
    order: str = member.told("POST", "/orders", body, key=any_key())["order_id"]
    return order


def _as_operators_see(order: str) -> dict[str, Any]:
    shown: dict[str, Any] = admin().told("GET", f"/admin/orders/{order}")
    return shown


def should_ship_goods_take_them_back_and_refund_them_in_parts() -> None:
    """Case 25, over the whole way of a parcel."""
    member, _ = member_with(200)
    product = _goods(units=2)
    order = _ordered(member, product, quantity=2)
    path = f"/admin/orders/{order}"
    waiting = eventually(
        lambda: _as_operators_see(order), lambda found: found["status"] == "fulfilling"
    )
    assert waiting["address"]["line1"] == ADDRESS["line1"]
    assert admin().told("POST", f"{path}/ship", _PARCEL)["shipment"] == _PARCEL
    assert admin().told("POST", f"{path}/complete")["status"] == "completed"
    assert member.told("GET", f"/orders/{order}")["delivery"] == {"shipment": _PARCEL}
    lines = [{"sku": "default", "quantity": 1}]
    asked = {"reason": "one too many", "lines": lines}
    member.told("POST", f"/orders/{order}/returns", asked, key=any_key())
    assert _as_operators_see(order)["returning"] == {"units": 1, "reason": "one too many"}
    assert admin().told("POST", f"{path}/returned", {"restock": True})["restocked"] == 1
    part = {"points": 60, "reason": "one came back", "merchant_fault": False}
    admin().told("POST", f"{path}/refund", part, key=any_key())
    whole = {"reason": "as a courtesy", "merchant_fault": False}
    refunded = admin().told("POST", f"{path}/refund", whole, key=any_key())
    assert [refund["points"] for refund in refunded["refunds"]] == [60, 140]
    assert admin().refused("POST", f"{path}/refund", whole, key=any_key()) == (
        409, "refund_exceeds"
    )  # fmt: skip
    assert member.told("GET", "/points/balance")["available"] == 200


def should_refund_goods_that_cannot_be_shipped() -> None:
    member, _ = member_with(100)
    order = _ordered(member, _goods(units=1), quantity=1)
    path = f"/admin/orders/{order}"
    eventually(lambda: _as_operators_see(order), lambda found: found["status"] == "fulfilling")
    lost = {"reason": "lost in the warehouse"}
    assert admin().told("POST", f"{path}/fail-fulfilment", lost)["status"] == "fulfilment_failed"
    back = lost | {"merchant_fault": True}
    assert admin().told("POST", f"{path}/refund", back, key=any_key())["status"] == "refunded"
    assert member.told("GET", "/points/balance")["available"] == 100


def should_let_the_merchant_cancel_what_waits_for_its_payment() -> None:
    """The payment is cancelled at the provider first; then points, unit and order are free."""
    member, _ = member_with(100)
    price = {"points": 100, "cash": {"amount": 500, "currency": "USD"}}
    product = any_product(codes=1, price=price)
    body = order_of(product) | {"price": {"points": 100, "cash_amount": 500}}
    order = member.told("POST", "/orders", body, key=any_key())["order_id"]
    because = {"reason": "out of stock", "merchant_fault": True}
    cancelled = admin().told("POST", f"/admin/orders/{order}/cancel", because, key=any_key())
    assert cancelled["refunds"][0]["cash_amount"] == 0
    assert member.told("GET", "/points/balance")["available"] == 100
    eventually(
        lambda: admin().told("GET", "/admin/orders", status="cancelled", limit=100)["items"],
        lambda found: order in {each["order_id"] for each in found},
    )
    assert member.refused("GET", "/admin/orders") == (403, "forbidden")
