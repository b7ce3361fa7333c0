"""Cash at the deployed mall: paid, declined, told twice, given back, held against the provider."""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.e2e import aws, mall, routes
from tests.e2e.mall import Client, admin, any_key, any_product, eventually, member_with
from tests.payments import DECLINED, event_of, signed

_CASH = 500


def _order_for_cash(member: Client) -> dict[str, Any]:
    price = {"points": 100, "cash": {"amount": _CASH, "currency": "USD"}}
    body = {
        "product_id": any_product(codes=1, price=price),
        "quantity": 1,
        "price": {"points": 100, "cash_amount": _CASH},
    }
    order: dict[str, Any] = member.told("POST", "/orders", body, key=any_key())
    assert (order["status"], order["cash"]["amount"]) == ("pending_payment", _CASH)
    return order


def _intent(order: Mapping[str, Any]) -> str:
    intent: str = order["payment"]["client_secret"].partition("_secret_")[0]
    return intent


def _provider(path: str, **data: str) -> dict[str, Any]:
    """What the provider answers to the merchant; with data it is a POST."""
    known = mall.stack()["payments"]
    answer = mall.http().request(
        "POST" if data else "GET",
        f"{known['url']}/v1/{path}",
        data=data or None,
        auth=(known["secret_key"], ""),
    )
    body: dict[str, Any] = answer.json()
    return body


def _confirm(order: Mapping[str, Any], card: str) -> dict[str, Any]:
    return _provider(f"payment_intents/{_intent(order)}/confirm", payment_method=card)


def _until(member: Client, order: Mapping[str, Any], status: str) -> dict[str, Any]:
    return eventually(
        lambda: member.told("GET", f"/orders/{order['order_id']}"),
        lambda found: found["status"] == status,
        deadline_s=120,
    )


def _tell(order: Mapping[str, Any], secret: str, at_s: int) -> int:
    """What the front door answers to a delivery of ours."""
    body = event_of(_intent(order), order_id=order["order_id"], stage="sandbox")
    headers = {"Stripe-Signature": signed(body, secret, at_s), "Content-Type": "application/json"}
    url = f"{mall.stack()['api_url']}/payments/webhook"
    answer = mall.http().post(url, content=body, headers=headers)
    routes.note("POST", "/payments/webhook", answer.status_code)
    return answer.status_code


def should_deliver_what_was_declined_once_and_then_paid() -> None:
    """The provider's own webhook arrives through the front door, and again changes nothing."""
    member, _ = member_with(300)
    order = _order_for_cash(member)
    assert _confirm(order, DECLINED)["error"]["code"] == "card_declined"
    waiting = member.told("GET", f"/orders/{order['order_id']}")
    assert (waiting["status"], waiting["payment"]) == ("pending_payment", order["payment"])
    assert _confirm(order, "pm_card_visa")["status"] == "succeeded"
    done = _until(member, order, "fulfilled")
    assert [step["status"] for step in done["history"]] == [
        "pending_payment", "placed", "fulfilling", "fulfilled",
    ]  # fmt: skip
    assert done["history"][1]["reason"] == "paid"
    assert len(done["delivery"]["codes"]) == 1
    for secret in mall.stack()["payments"]["webhook_secrets"]:
        assert _tell(order, secret, int(time.time())) == 200
    assert member.told("GET", f"/orders/{order['order_id']}") == done


@pytest.mark.parametrize("age_s", [0, 400])
def should_hear_nobody_else(age_s: int) -> None:
    member, _ = member_with(100)
    order = _order_for_cash(member)
    live = mall.stack()["payments"]["webhook_secrets"][0]
    secret = live if age_s else "whsec_forged"
    assert _tell(order, secret, int(time.time()) - age_s) == 400
    member.told("POST", f"/orders/{order['order_id']}/cancel", key=any_key())


def should_give_points_back_when_an_unpaid_order_is_cancelled() -> None:
    member, _ = member_with(100)
    order = _order_for_cash(member)
    member.told("POST", f"/orders/{order['order_id']}/cancel", key=any_key())
    assert member.told("GET", "/points/balance")["available"] == 100
    assert _provider(f"payment_intents/{_intent(order)}")["status"] == "canceled"


def should_give_the_money_back_once() -> None:
    member, user_id = member_with(100)
    order = _order_for_cash(member)
    _confirm(order, "pm_card_visa")
    _until(member, order, "fulfilled")
    path = f"/admin/orders/{order['order_id']}/refund"
    body = {"reason": "broken", "merchant_fault": True}
    key = any_key()
    for _ in range(2):
        admin().told("POST", path, body, key=key)
    refunded = eventually(
        lambda: member.told("GET", f"/orders/{order['order_id']}"),
        lambda found: [refund["status"] for refund in found["refunds"]] == ["paid"],
        deadline_s=120,
    )
    assert [refund["cash_amount"] for refund in refunded["refunds"]] == [_CASH]
    made = _provider(f"refunds?payment_intent={_intent(order)}")["data"]
    assert [refund["amount"] for refund in made] == [_CASH]
    assert member.told("GET", "/points/balance")["available"] == 100
    assert admin().told("GET", f"/admin/points/{user_id}/verify")["valid"]


def should_find_nothing_unpaid_too_long_and_report_of_the_day() -> None:
    """The jobs run with their own roles on the deployed stack."""
    assert aws.run("cancel_unpaid_orders")["failed"] == 0
    assert aws.run("reconcile_payments")["differing"] == 0
    assert admin().told("GET", "/admin/reports/payments")["differing"] == 0
