"""Messages between the orders' functions, and the facts that an order tells the world."""

from pydantic import BaseModel

from mall.clock import instant
from mall.money import MoneyView, shown
from mall.orders.order import Order


class FulfilOrder(BaseModel):
    """Ask for an order to be fulfilled; delivered at least once, in any order."""

    order_id: str
    version: int


class OrderFact(BaseModel):
    """A domain event: what an order became. Ids and numbers, never codes or personal data."""

    order_id: str
    version: int
    member: str
    product_id: str
    sku: str
    quantity: int
    points: int
    cash: MoneyView | None
    status: str
    at: str


def untold(order: Order) -> list[OrderFact]:
    """One fact for each step of the history that was not told yet; step n is version n."""
    return [
        OrderFact(
            order_id=order.order_id,
            version=version,
            member=order.member,
            product_id=order.product_id,
            sku=order.sku,
            quantity=order.quantity,
            points=order.points,
            cash=shown(order.cash),
            status=step.status,
            at=instant(step.at),
        )
        for version, step in enumerate(order.history, start=1)
        if version > order.relayed_version
    ]
