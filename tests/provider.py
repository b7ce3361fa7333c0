"""A payment provider in memory, for tests that are about orders and not about Stripe.

It is the port, kept honest: one intent for one order and money, one refund for one refund id, and
no cancelling of what was paid. `pay` is what the member does with the client secret.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from threading import Lock

from mall.clock import Millis
from mall.errors import PaymentUnavailable
from mall.money import Money
from mall.orders.provider import Intent, RefundStatus

from tests.builders import any_id


class MemoryProvider:
    """A provider that remembers what it was asked. While it is `down` it answers nothing."""

    def __init__(self) -> None:
        self.intents: dict[str, Intent] = {}
        self.calls: list[str] = []
        self.down = False
        self._opened: dict[tuple[str, Money], str] = {}
        self._refunds: dict[str, int] = {}
        self._lock = Lock()

    def open(self, order_id: str, member: str, money: Money) -> Intent:
        """Open the intent of an order; the same order and money give the same intent."""
        with self._asked("open"):
            intent_id = self._opened.setdefault((order_id, money), f"pi_{any_id()}")
            opened = Intent(intent_id, order_id, "open", money, client_secret=f"{intent_id}_secret")
            return self.intents.setdefault(intent_id, opened)

    def find(self, intent_id: str) -> Intent | None:
        """How an intent stands now; None for one that is not known."""
        with self._asked("find"):
            return self.intents.get(intent_id)

    def cancel(self, intent_id: str) -> Intent:
        """Cancel an intent, unless it has succeeded."""
        with self._asked("cancel"):
            return self._become(intent_id, "open", "cancelled")

    def refund(self, intent_id: str, refund_id: str, amount: int, attempt: int = 1) -> RefundStatus:
        """Give money back, once for each refund id."""
        with self._asked("refund"):
            intent = self.intents[intent_id]
            if intent.status != "succeeded":
                return "failed"
            if refund_id not in self._refunds:
                if intent.refunded + amount > intent.money.amount:
                    return "failed"
                self._refunds[refund_id] = amount
                self.intents[intent_id] = replace(intent, refunded=intent.refunded + amount)
            return "paid"

    def refunds(self, intent_id: str) -> Mapping[str, RefundStatus]:
        """Every refund that was made; this provider gives money back at once."""
        with self._asked("refunds"):
            return dict.fromkeys(self._refunds, "paid")

    def since(self, begin: Millis) -> Iterable[Intent]:
        """Every intent; this provider has no past."""
        with self._asked("since"):
            return list(self.intents.values())

    def pay(self, client_secret: str) -> Intent:
        """The member pays, if the intent is still open."""
        with self._lock:
            return self._become(client_secret.removesuffix("_secret"), "open", "succeeded")

    def _become(self, intent_id: str, before: str, after: str) -> Intent:
        intent = self.intents[intent_id]
        if intent.status == before:
            self.intents[intent_id] = replace(intent, status=after)  # type: ignore[arg-type] # a status
        return self.intents[intent_id]

    def _asked(self, call: str) -> Lock:
        if self.down:
            raise PaymentUnavailable()
        self.calls.append(call)
        return self._lock
