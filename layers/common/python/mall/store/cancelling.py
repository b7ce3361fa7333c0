"""Ending a payment before its order is cancelled, so that no money comes for what is gone."""

from mall.errors import NotCancellable, PaymentUnavailable
from mall.orders.order import Order
from mall.orders.provider import Provider
from mall.store.client import Store
from mall.store.settling import settle_order


def end_payment(store: Store, provider: Provider, order: Order) -> None:
    """Cancel the payment of an order that waits for it, before the order itself is cancelled.

    Money that was faster settles the order instead, which is then not cancelled; but money that the
    provider has given back meanwhile does not count. Raises NotCancellable(order_status); and
    PaymentUnavailable when the provider does not say: then the order can still be paid.
    """
    if order.status != "pending_payment" or order.payment is None:
        return
    intent = provider.cancel(order.payment.intent_id)
    if intent.status == "succeeded":
        settled = settle_order(store, intent)
        if settled is None or settled.outcome != "given_back":
            raise NotCancellable(order_status=settled.order.status if settled else order.status)
    elif intent.status != "cancelled":
        raise PaymentUnavailable()
