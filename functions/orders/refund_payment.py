"""Queue `refund_payment`: have the provider give money back that an order owes, once.

The refund stands on the order before anybody asks for the money, and its id is what the provider
knows it by. So a message delivered twice, a redriven one, or a death after the money went and
before that was noted asks again, is told that it was done, and notes it once. While a refund is
pending it stays due; a webhook tells when to ask what became of it. What the provider refuses for
now, as for want of balance, stays due as well and is asked for anew after a pause.
"""

from mall.errors import NotFound, PaymentUnavailable
from mall.metrics import measure
from mall.orders.messages import RefundPayment
from mall.orders.settling import due
from mall.payments import open_provider
from mall.queue import consumer
from mall.store import open_store
from mall.store.orders import find_order
from mall.store.settling import note_refund, note_refusal


@consumer(RefundPayment)
def refund_payment(message: RefundPayment) -> None:
    """Hand over one refund. Raises PaymentUnavailable, and NotFound where there is no order."""
    store = open_store()
    order = find_order(store, message.order_id)
    refund = due(order, message.refund_id)
    if refund is None:
        return
    if order.payment is None:
        raise NotFound(f"Order {order.order_id} has no payment to give back.")
    intent_id = order.payment.intent_id
    asked = (intent_id, refund.refund_id, refund.cash_amount, refund.attempt)
    status = open_provider().refund(*asked)
    if status == "pending":
        return
    if status == "refused":
        note_refusal(store, order.order_id, refund.refund_id, refund.attempt)
        raise PaymentUnavailable("The provider refuses for now.")
    if status == "failed":
        measure("RefundFailed")  # before it is noted: after that nobody would ask again
    note_refund(store, order.order_id, refund.refund_id, given=status == "paid")
