"""Domain events: what the orders domain tells the world of what was committed.

One event for each step of an order's history. Step n is version n, so `version` is the sequence
number of the order's events: a consumer that has seen 3 and gets 5 knows that 4 is on its way.
Delivered at least once and in any order; `event_id` is the same every time. Ids and numbers only:
no code, no address, and no reason either, because people write what they like into reasons.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, Field

from mall.clock import instant
from mall.ids import derived_id
from mall.money import MoneyView, shown
from mall.orders.order import MEMBER, RETURN_ASKED, SYSTEM, Order, Refund, Step
from mall.orders.states import Status

SOURCE = "points-mall.orders"
# Reasons of the mall's own that have events of their own; people write others into reasons.
REASONS = ("paid", "late_payment", "money_refunded", "money_failed")
MEANINGS: Mapping[str, str] = {
    "order.queued": "asked for, and waiting for its turn in a queued sale",
    "order.rejected": "its turn came and it was refused; nothing was taken",
    "order.pending_payment": "points, stock and limit are taken, the cash part is not paid yet",
    "order.placed": "points, stock and limit are taken, and there is nothing to pay",
    "order.paid": "the cash part of an order that was pending is paid: now it is placed",
    "order.cancelled": "points, stock and limit were given back; cash that was paid is due back",
    "order.fulfilling": "being prepared: goods for shipping, codes and vouchers for a moment",
    "order.fulfilled": "codes or a voucher were delivered",
    "order.fulfilment_failed": "could not be fulfilled, and waits for an operator",
    "order.shipped": "handed to a carrier",
    "order.completed": "arrived",
    "order.return_requested": "is to go back, as its member or the merchant says",
    "order.returned": "has come back",
    "order.refunded": "points were given back, and cash is due back, in whole or in part",
    "order.late_payment": "cash came in for a cancelled order: it is due back",
    "order.money_refunded": "the payment provider has given cash back",
    "order.money_failed": "the payment provider will not give cash back: an operator must",
}


class OrderStepped(BaseModel):
    """`order.<what happened>`: one step of an order; points and cash are its whole price.

    `points_refunded` and `cash_refunded` are what a cancelled or refunded order had given back by
    this version, or had on its way; cash that the provider had refused by then is not.
    """

    event_id: str
    schema_version: Literal[1] = 1
    order_id: str
    version: int = Field(ge=1)
    member: str
    product_id: str
    product_type: str
    sku: str
    quantity: int = Field(ge=1)
    points: int = Field(ge=0)
    cash: MoneyView | None
    status: Status
    points_refunded: int = Field(ge=0)
    cash_refunded: int = Field(ge=0)
    at: str


def type_of(step: Step, before: Step | None = None, *, booked: bool = True) -> str:
    """The detail type of a step's event: its status, or what its reason says happened there.

    An order is cancelled once: who refunds one that is, has it refunded. One that was refunded in
    part stays so while more of it comes back: `booked` is whether a refund was, at this step.
    """
    if step.actor == SYSTEM and step.reason in REASONS:
        return f"order.{step.reason}"
    if before and before.status == step.status:
        if step.status == "cancelled":
            return "order.refunded"
        if (step.actor, step.reason) == (MEMBER, RETURN_ASKED):
            return "order.return_requested"
        if step.status == "refunded" and not booked:
            return "order.returned"
    return f"order.{step.status}"


def untold(order: Order) -> list[tuple[str, OrderStepped]]:
    """Type and detail of the event of each step that was not told yet."""
    steps = zip((None, *order.history), order.history, strict=False)
    booked = {refund.version for refund in order.refunds}
    return [
        (type_of(step, before, booked=version in booked), _stepped(order, version, step))
        for version, (before, step) in enumerate(steps, start=1)
        if version > order.relayed_version
    ]


def _stepped(order: Order, version: int, step: Step) -> OrderStepped:
    over = step.status in ("cancelled", "refunded")
    given_back = [refund for refund in order.refunds if over and refund.version <= version]
    return OrderStepped(
        event_id=derived_id("order stepped", order.order_id, str(version)),
        order_id=order.order_id,
        version=version,
        member=order.member,
        product_id=order.product_id,
        product_type=order.product_type,
        sku=order.sku,
        quantity=order.quantity,
        points=order.points,
        cash=shown(order.cash),
        status=step.status,
        points_refunded=sum(refund.points for refund in given_back),
        cash_refunded=sum(
            refund.cash_amount for refund in given_back if not _refused_by(refund, version)
        ),
        at=instant(step.at),
    )


def _refused_by(refund: Refund, version: int) -> bool:
    return refund.money == "failed" and refund.answered_version <= version
