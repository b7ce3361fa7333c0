"""Orders that have come to a state, without asking how: for tests of what happens then."""

from dataclasses import replace
from typing import Any

from mall import keys
from mall.catalog.product import SENT
from mall.money import Money
from mall.orders.items import from_item, to_item
from mall.orders.order import Order, Payment, Step
from mall.orders.states import Status
from mall.store import open_store
from mall.writes import put

from tests.builders import any_id
from tests.events import Answer, Claims, member_claims
from tests.functional.acts import any_member_with, any_product, call, place
from tests.provider import MemoryProvider

OPERATOR = member_claims("the-operator", "operator")
CASH = Money(500, "USD")


def stored(order_id: str) -> Order:
    """An order as it is stored."""
    item = open_store().get("orders", keys.order(order_id))
    assert item, order_id
    return from_item(item)


def rewritten(order_id: str, *statuses: Status, **changed: Any) -> Order:
    """The order after more steps and with other facts, stored so; goods are sent somewhere."""
    sent = {"address": True} if changed.get("product_type") == SENT else {}
    order = replace(stored(order_id), **sent | changed)
    at = open_store().now()
    steps = tuple(Step(at, status, "system") for status in statuses)
    order = replace(order, history=(*order.history, *steps))
    open_store().transact([put("orders", to_item(order))])
    return order


def order_at(*statuses: Status, quantity: int = 1, **changed: Any) -> Order:
    """An order of 50 points a unit that has come through states after `placed`."""
    member, product = any_member_with(50 * quantity), any_product(shards=1)
    order_id = place(member, product, quantity=quantity)["order_id"]
    return rewritten(order_id, *statuses, **changed)


def goods_at(*statuses: Status, quantity: int = 1, **changed: Any) -> Order:
    """The same of goods."""
    return order_at(*statuses, quantity=quantity, product_type="physical", **changed)


def paid_at(*statuses: Status, **changed: Any) -> Order:
    """The same of 50 points and cash that was paid."""
    at = open_store().now()
    history = (Step(at, "pending_payment", "member"), Step(at, "placed", "system", "paid"))
    payment = Payment(f"pi_{any_id()}", "secret", at)
    return order_at(*statuses, cash=CASH, payment=payment, history=history, **changed)


def unpaid(provider: MemoryProvider) -> Order:
    """An order of 50 points and cash that waits for its payment."""
    order = order_at()
    intent = provider.open(order.order_id, order.member, CASH)
    at = open_store().now()
    return rewritten(
        order.order_id,
        cash=CASH,
        payment=Payment(intent.intent_id, intent.client_secret, at + 1000),
        history=(Step(at, "pending_payment", "member"),),
    )


def ask(
    operation: str, order: Order | str, body: object = None, key: str | None = None,
    claims: Claims = OPERATOR,
) -> Answer:  # fmt: skip
    """What an operator is answered who asks something of an order."""
    path = {"order_id": order if isinstance(order, str) else order.order_id}
    return call(operation, claims, path=path, body=body, key=key or any_id())


def refund(order: Order | str, key: Any = None, **wanted: Any) -> Answer:
    """What an operator is answered who refunds an order."""
    return ask("refund_order", order, {"reason": "broken"} | wanted, key)


def cancel_as_merchant(order: Order | str, key: str | None = None, **wanted: object) -> Answer:
    """What an operator is answered who cancels an order."""
    return ask("cancel_for_merchant", order, {"reason": "out of stock"} | wanted, key)
