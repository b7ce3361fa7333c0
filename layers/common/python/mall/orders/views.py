"""What members are shown of orders."""

from typing import Any, Literal

from pydantic import Field

from mall.clock import instant
from mall.models import View, is_none
from mall.money import MoneyView, shown
from mall.orders.order import Order, Refund


class OrderedProductView(View):
    """The product as it was when the order was placed."""

    product_id: str
    name: str
    type: str
    sku: str


class StepView(View):
    """One line of an order's history."""

    at: str
    status: str
    actor: str
    reason: str | None = Field(default=None, exclude_if=is_none)


class PaymentView(View):
    """How to pay the cash part at the provider, and until when."""

    client_secret: str
    expires_at: str


class ShipmentView(View):
    """Who carries the goods, under which number."""

    carrier: str
    tracking_number: str


class VoucherView(View):
    """A voucher in clear, for its owner only; `expires_at` is null when it has no end."""

    code: str
    expires_at: str | None


class DeliveryView(View):
    """What was delivered: codes, a voucher, or a shipment."""

    codes: list[str] | None = Field(default=None, exclude_if=is_none)
    voucher: VoucherView | None = Field(default=None, exclude_if=is_none)
    shipment: ShipmentView | None = Field(default=None, exclude_if=is_none)


class RefundView(View):
    """Points and money that went back. `status` of money: due, paid or failed; none without."""

    refund_id: str
    at: str
    points: int
    cash_amount: int
    reason: str
    status: str


class OrderView(View):
    """An order as its placement answers; `payment` only where there is cash to pay."""

    order_id: str
    status: str
    product: OrderedProductView
    quantity: int
    points: int
    cash: MoneyView | None
    placed_at: str
    payment: PaymentView | None = Field(default=None, exclude_if=is_none)


class OrderDetailView(OrderView):
    """An order with its history and, as far as it has come, its delivery and refunds.

    `needs_address` says that its goods, a prize, cannot be sent before the member says where to.
    """

    history: list[StepView]
    needs_address: Literal[True] | None = Field(default=None, exclude_if=is_none)
    delivery: DeliveryView | None = Field(default=None, exclude_if=is_none)
    refunds: list[RefundView] = Field(default_factory=list)


class OrderListView(View):
    """One page of a member's orders, newest first."""

    items: list[OrderDetailView]
    next_cursor: str | None


def placed_view(order: Order) -> OrderView:
    """The order as it was answered when it was placed, whatever became of it.

    How to pay is shown even when there is nothing to pay any more, as it was then.
    One that was queued was only taken in then: 202.
    """
    first = order.history[0].status
    view = OrderView(**_facts(order) | {"status": first})
    return view.with_status(202) if first == "queued" else view


def detail(order: Order, delivery: DeliveryView | None = None) -> OrderDetailView:
    """The order as it stands; `delivery` for its owner, none where it is left out.

    How to pay is shown while there is something to pay.
    """
    facts = _facts(order)
    if order.status != "pending_payment":
        facts["payment"] = None
    return OrderDetailView(
        **facts,
        history=[
            StepView(at=instant(s.at), status=s.status, actor=s.role, reason=s.reason or None)
            for s in order.history
        ],
        needs_address=order.needs_address or None,
        delivery=delivery,
        refunds=[_refund(refund) for refund in order.refunds],
    )


def _refund(refund: Refund) -> RefundView:
    return RefundView(
        refund_id=refund.refund_id,
        at=instant(refund.at),
        points=refund.points,
        cash_amount=refund.cash_amount,
        reason=refund.reason,
        status=refund.money,
    )


def _facts(order: Order) -> dict[str, Any]:
    payment = order.payment
    return {
        "order_id": order.order_id,
        "status": order.status,
        "product": OrderedProductView(
            product_id=order.product_id,
            name=order.product_name,
            type=order.product_type,
            sku=order.sku,
        ),
        "quantity": order.quantity,
        "points": order.points,
        "cash": shown(order.cash),
        "placed_at": instant(order.placed_at),
        "payment": PaymentView(
            client_secret=payment.client_secret, expires_at=instant(payment.expires_at)
        )
        if payment and payment.client_secret
        else None,
    }
