"""The port to whoever takes the money: what an order asks of a payment provider.

The mall never sees a card. It opens an *intent* for the cash part of an order, which the member
confirms with the provider; what became of it is always the provider's to say, so webhooks are a
hint to ask, and never a proof.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from mall.clock import Millis
from mall.money import Money

IntentStatus = Literal["open", "processing", "succeeded", "cancelled"]

RefundStatus = Literal["pending", "paid", "failed", "refused"]


@dataclass(frozen=True)
class Intent:
    """A payment as the provider tells it. `refunded` is in minor units of `money`.

    While it is `processing` a bank decides, for days with some methods: then nobody can cancel it.
    `order_id` is what the intent was opened for; empty for one that is not the mall's. `opened_at`
    is by the provider's own clock, which knows no offset.
    """

    intent_id: str
    order_id: str
    status: IntentStatus
    money: Money
    refunded: int = 0
    client_secret: str = field(default="", repr=False)
    opened_at: Millis = 0


class Provider(Protocol):
    """What the mall asks. Every call raises PaymentUnavailable when the provider is silent."""

    def open(self, order_id: str, member: str, money: Money) -> Intent:
        """Open the intent of an order; the same order and money give the same intent.

        Raises CashNotAccepted for an amount that the provider does not take.
        """
        ...

    def find(self, intent_id: str) -> Intent | None:
        """How an intent stands now; None for one that the provider does not know."""
        ...

    def cancel(self, intent_id: str) -> Intent:
        """Cancel an intent, and say how it stands: it may have succeeded, or be processing."""
        ...

    def refund(self, intent_id: str, refund_id: str, amount: int, attempt: int = 1) -> RefundStatus:
        """Give money back, once for each refund id, whenever it is asked again.

        `failed` when the provider says that it never will; `pending` while that is open; `refused`
        when for certain nothing was given now, and the next attempt may be.
        """
        ...

    def refunds(self, intent_id: str) -> Mapping[str, RefundStatus]:
        """How each refund of the mall's stands, by its id; what was paid may fail later."""
        ...

    def since(self, begin: Millis) -> Iterable[Intent]:
        """Every intent of the mall's opened since an instant of the provider's own clock."""
        ...
