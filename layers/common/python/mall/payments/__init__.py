"""The door to the payment provider.

Resolving `OpenProvider` is cheap and asks nobody: the provider's library and its key are loaded
when something is asked of it for the first time, so a redemption of points alone never pays for
them.

`stripe_provider`  what Stripe does for the port    `amounts`  minor units as Stripe counts them
`webhook`          a delivery, and who signed it    `secret`   the key and the webhook secrets
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from mall.clock import Millis
from mall.money import Money
from mall.orders.provider import Intent, Provider, RefundStatus
from mall.payments.secret import payment_secret


class LazyProvider:
    """The provider of this process, opened when it is first asked."""

    @property
    def _opened(self) -> Provider:
        return open_stripe()

    def open(self, order_id: str, member: str, money: Money) -> Intent:
        """Open the intent of an order. Raises PaymentUnavailable and CashNotAccepted."""
        return self._opened.open(order_id, member, money)

    def find(self, intent_id: str) -> Intent | None:
        """How an intent stands, if there is one. Raises PaymentUnavailable."""
        return self._opened.find(intent_id)

    def cancel(self, intent_id: str) -> Intent:
        """Cancel an intent, and say how it stands. Raises PaymentUnavailable."""
        return self._opened.cancel(intent_id)

    def refund(self, intent_id: str, refund_id: str, amount: int, attempt: int = 1) -> RefundStatus:
        """Give money back once, or say that it never will be. Raises PaymentUnavailable."""
        return self._opened.refund(intent_id, refund_id, amount, attempt)

    def refunds(self, intent_id: str) -> Mapping[str, RefundStatus]:
        """How each refund of an intent stands, by its id. Raises PaymentUnavailable."""
        return self._opened.refunds(intent_id)

    def since(self, begin: Millis) -> Iterable[Intent]:
        """Every intent that was opened since. Raises PaymentUnavailable."""
        return self._opened.since(begin)


@cache
def open_stripe() -> Provider:
    """The adapter of this process, with its library."""
    from mall.payments.stripe_provider import StripeProvider  # noqa: PLC0415 - loaded when used

    return StripeProvider(payment_secret())


def open_provider() -> Provider:
    """The provider of this process; whatever it needs is loaded when it is asked."""
    return LazyProvider()


OpenProvider = Annotated[Provider, Depends(open_provider)]
