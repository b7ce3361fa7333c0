"""What the orders' operations take and show."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from mall.clock import instant
from mall.models import Points, Request, View, is_none
from mall.orders.order import Order

QUANTITY_MAX = 20  # each unit brings two code items into one transaction of at most 100


class PriceSeen(Request):
    """The price of one unit as the member saw it."""

    points: Points
    cash_amount: Annotated[int, Field(strict=True, ge=0, le=0)] | None = None


class PlaceOrderRequest(Request):
    """A redemption of one product at the price seen."""

    product_id: Annotated[str, Field(min_length=1, max_length=64)]
    sku: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    quantity: Annotated[int, Field(strict=True, ge=1, le=QUANTITY_MAX)]
    price: PriceSeen
    quote_id: None = None
    address_id: None = None


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


class DeliveryView(View):
    """What was delivered: the codes, for their owner only."""

    codes: list[str]


class OrderView(View):
    """An order as its placement answers."""

    order_id: str
    status: str
    product: OrderedProductView
    quantity: int
    points: int
    cash: None = None
    placed_at: str


class OrderDetailView(OrderView):
    """An order with its history and, once fulfilled, its delivery."""

    history: list[StepView]
    delivery: DeliveryView | None = Field(default=None, exclude_if=is_none)


class OrderListView(View):
    """One page of a member's orders, newest first."""

    items: list[OrderDetailView]
    next_cursor: str | None


def placed_view(order: Order) -> OrderView:
    """The order as it was answered when it was placed, whatever became of it."""
    return OrderView(**_facts(order) | {"status": "placed"})


def detail(order: Order, codes: Sequence[str] = ()) -> OrderDetailView:
    """The order as it stands; `codes` in clear for its owner, empty where they are left out."""
    steps = [
        StepView(at=instant(s.at), status=s.status, actor=s.actor, reason=s.reason or None)
        for s in order.history
    ]
    delivery = DeliveryView(codes=list(codes)) if codes else None
    return OrderDetailView(**_facts(order), history=steps, delivery=delivery)


def _facts(order: Order) -> dict[str, Any]:
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
        "placed_at": instant(order.placed_at),
    }
