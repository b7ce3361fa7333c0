"""What Stripe does for the port."""

from collections.abc import Iterable

from mall.clock import Millis
from mall.errors import PaymentUnavailable
from mall.money import Money
from mall.orders.provider import Intent


class StripeProvider:
    """The port's adapter: silent until the stage has a key."""

    def open(self, order_id: str, member: str, money: Money) -> Intent:
        """Open the intent of an order."""
        raise PaymentUnavailable()

    def find(self, intent_id: str) -> Intent:
        """How an intent stands."""
        raise PaymentUnavailable()

    def cancel(self, intent_id: str) -> Intent:
        """Cancel an intent, and say how it stands."""
        raise PaymentUnavailable()

    def refund(self, intent_id: str, refund_id: str, amount: int) -> bool:
        """Give money back once."""
        raise PaymentUnavailable()

    def since(self, begin: Millis) -> Iterable[Intent]:
        """Every intent that was opened since."""
        raise PaymentUnavailable()
