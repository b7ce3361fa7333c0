"""Messages between the orders' functions: what is to be done for an order, by whom."""

from typing import Literal

from pydantic import BaseModel

from mall.orders.fulfilling import owed
from mall.orders.order import Order

Queue = Literal["fulfil", "refund_payment"]


class FulfilOrder(BaseModel):
    """Ask for an order to be fulfilled; delivered at least once, in any order."""

    order_id: str
    version: int


class RefundPayment(BaseModel):
    """Ask the provider to give money back; delivered at least once, in any order."""

    order_id: str
    refund_id: str


def errands(order: Order) -> list[tuple[Queue, BaseModel]]:
    """What is to be done for an order as it stands, each with the queue that it goes to.

    The order itself says what is owed, so it may be said again whenever the order is told.
    """
    due = [refund for refund in order.refunds if refund.money == "due"]
    work: list[tuple[Queue, BaseModel]] = [
        ("refund_payment", RefundPayment(order_id=order.order_id, refund_id=refund.refund_id))
        for refund in due
    ]
    if owed(order):
        work.append(("fulfil", FulfilOrder(order_id=order.order_id, version=order.version)))
    return work
