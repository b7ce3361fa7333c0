"""POST /v1/payments/webhook: the payment provider says that something became of a payment.

Nothing is believed but that the provider signed it within five minutes: it says which payment to
ask about, and the provider's answer settles the order and its refunds. So a delivery that comes
twice, late, out of order or after a death between any two lines comes to the same end. While the
provider is silent the answer is 503, and it delivers again. What is not this stage's to settle is
taken and ignored.
"""

from mall import errors
from mall.clock import Clock
from mall.http import operation
from mall.payments import OpenProvider
from mall.payments.secret import OpenPaymentSecret
from mall.payments.webhook import Delivery, check_signature, hint
from mall.settings import settings
from mall.store import OpenStore
from mall.store.settling import settle_order, settle_refunds


@operation(
    refuses=(
        errors.Malformed, errors.BadSignature, errors.PaymentUnavailable, errors.Busy,
    ),
)  # fmt: skip
def receive_webhook(
    delivery: Delivery, secret: OpenPaymentSecret, store: OpenStore, provider: OpenProvider
) -> None:
    """Settle the order that a delivery speaks of."""
    secrets = secret.keys().webhook_secrets
    check_signature(delivery.body, delivery.signature, secrets, Clock().now() // 1000)
    told = hint(delivery.body, settings().stage)
    intent = provider.find(told) if told else None
    if intent and intent.order_id:
        settled = settle_order(store, intent)
        if settled:
            settle_refunds(store, provider, settled.order)
