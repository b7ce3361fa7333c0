"""Orders with a cash part in these tests, and what the provider tells of them."""

from collections.abc import Mapping
from typing import Any

from mall import keys
from mall.clock import Clock, instant
from mall.orders.changes import cancel as cancel_order
from mall.orders.reconciling import Report, to_item
from mall.store import open_store
from mall.store.orders import account_of, find_order
from mall.writes import put

from infra.operations import Http
from local.payment_provider import PaymentProvider
from tests.events import Answer, ask, http_event
from tests.functional.acts import any_member_with, any_product, order_of, try_to_order
from tests.payments import event_of, pay, signed
from tests.stage import BY_NAME, handler

AMOUNT = 500
POINTS = 50


def place_for_cash(member: str = "", product: str = "") -> tuple[str, dict[str, Any]]:
    """A member, and their order of 50 points and 5 dollars that waits to be paid."""
    member = member or any_member_with(100)
    product = product or any_product(
        price={"points": POINTS, "cash": {"amount": AMOUNT, "currency": "USD"}}
    )
    price = {"points": POINTS, "cash_amount": AMOUNT}
    answer = try_to_order(member, {"product_id": product, "quantity": 1, "price": price})
    assert answer.status == 201, answer.body
    return member, answer.body


def intent_of(order: Mapping[str, Any]) -> str:
    """The intent that pays an order."""
    intent: str = order["payment"]["client_secret"].partition("_secret_")[0]
    return intent


def await_payment(
    payments: PaymentProvider, *, cancelled_first: bool
) -> tuple[str, dict[str, Any]]:
    """An order whose money came; `cancelled_first` as a cancel that overtook its provider."""
    member, order = place_for_cash()
    if cancelled_first:
        store = open_store()
        found = find_order(store, order["order_id"])
        spent, newest = account_of(store, found)
        writes, _ = cancel_order(found, spent, newest, store.now(), actor="system")
        store.transact(writes)
    assert pay(payments, order["payment"]["client_secret"]) == "succeeded"
    return member, order


def any_payment_report() -> str:
    """The day (yyyymmdd) of a report in which nothing differs."""
    report = Report("20261122", instant(0), instant(0), 0, 0, ())
    item = {"pk": keys.PAYMENTS, "sk": report.day, **to_item(report)}
    open_store().transact([put("orders", item)])
    return report.day


def tell_of(
    payments: PaymentProvider, order: Mapping[str, Any], kind: str = "payment_intent.succeeded"
) -> Answer:
    """What the provider is answered when it tells of an order's payment."""
    body = event_of(intent_of(order), kind, order_id=order["order_id"], stage="test")
    return tell(payments, body)


def tell(
    payments: PaymentProvider, body: bytes, header: str | None = None, *, packed: bool = True
) -> Answer:
    """What the provider is answered to a body, signed by it unless a header is given."""
    if header is None:
        header = signed(body, payments.keys.webhook_secrets[0], Clock().now() // 1000)
    operation = BY_NAME["receive_webhook"]
    assert isinstance(operation.trigger, Http)
    event = http_event(
        operation.trigger.route,
        body=body if packed else body.decode(),
        headers={"Stripe-Signature": header},
    )
    return ask(handler("receive_webhook"), event, access=operation.access)


def steps(member: str, order: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Status, actor and reason of each step of an order."""
    history = order_of(member, order["order_id"])["history"]
    return [tuple(step[n] for n in ("status", "actor", "reason") if n in step) for step in history]
