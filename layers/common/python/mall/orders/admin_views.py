"""What operators are shown of orders: who did what, where it goes, never a code."""

from typing import Self

from pydantic import Field

from mall.clock import instant
from mall.models import View, is_none
from mall.money import MoneyView
from mall.orders.order import Order
from mall.orders.views import OrderedProductView, RefundView, ShipmentView, StepView, detail
from mall.users import addresses
from mall.users.addresses import AddressView
from mall.writes import Item


class AdminRefundView(RefundView):
    """A refund, and whose fault it was."""

    merchant_fault: bool


class AdminPaymentView(View):
    """The payment at the provider: the intent, whether it was taken, until when it may be."""

    intent_id: str
    paid: bool
    expires_at: str


class ReturnView(View):
    """What the member asked to return, and why; no reason once the member was erased."""

    units: int
    reason: str | None


class AdminOrderView(View):
    """An order as operators see it. `actor` names the operator; of what was delivered there are
    numbers alone. `awaited` units are to come back by the member's wish; an order that is refunded
    in part stays so meanwhile. `address` and `returning` stand where one order is asked for, not in
    lists.
    """

    order_id: str
    user_id: str
    status: str
    version: int
    product: OrderedProductView
    quantity: int
    points: int
    cash: MoneyView | None
    placed_at: str
    history: list[StepView]
    refunds: list[AdminRefundView]
    codes_delivered: int
    voucher_issued: bool
    awaited: int
    restocked: int
    shipment: ShipmentView | None = Field(default=None, exclude_if=is_none)
    payment: AdminPaymentView | None = Field(default=None, exclude_if=is_none)
    address: AddressView | None = Field(default=None, exclude_if=is_none)
    returning: ReturnView | None = Field(default=None, exclude_if=is_none)

    def with_personal(self, units: int, address: Item | None, words: Item | None) -> Self:
        """The same with where it goes, and with what the member asked to return."""
        told = {
            "address": addresses.shown(address) if address else None,
            "returning": ReturnView(units=units, reason=words["text"] if words else None)
            if units
            else None,
        }
        return self.model_copy(update=told)


class AdminOrderListView(View):
    """One page of orders, the one that changed last first. A page may be short, or empty, and go
    on: `next_cursor` is null at the end alone.
    """

    items: list[AdminOrderView]
    next_cursor: str | None


def shown(order: Order) -> AdminOrderView:
    """The order as operators see it, without what only `users` knows."""
    whole = detail(order)
    return AdminOrderView(
        order_id=order.order_id,
        user_id=order.member,
        status=order.status,
        version=order.version,
        product=whole.product,
        quantity=order.quantity,
        points=order.points,
        cash=whole.cash,
        placed_at=whole.placed_at,
        history=[
            StepView(at=instant(s.at), status=s.status, actor=s.actor, reason=s.reason or None)
            for s in order.history
        ],
        refunds=[
            AdminRefundView(**view.model_dump(), merchant_fault=refund.merchant_fault)
            for view, refund in zip(whole.refunds, order.refunds, strict=True)
        ],
        codes_delivered=len(order.codes),
        voucher_issued=order.voucher is not None,
        awaited=order.awaited,
        restocked=order.restocked,
        shipment=_shipment(order),
        payment=_payment(order),
    )


def _shipment(order: Order) -> ShipmentView | None:
    sent = order.shipment
    return (
        ShipmentView(carrier=sent.carrier, tracking_number=sent.tracking_number) if sent else None
    )


def _payment(order: Order) -> AdminPaymentView | None:
    if order.payment is None:
        return None
    return AdminPaymentView(
        intent_id=order.payment.intent_id,
        paid=order.paid,
        expires_at=instant(order.payment.expires_at),
    )
