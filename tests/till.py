"""A payment provider in memory: the port's promises, and nothing of the mall."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from mall.clock import Millis
from mall.errors import PaymentUnavailable
from mall.money import Money
from mall.orders.provider import Intent


@dataclass
class Till:
    """What the provider holds. `silent` is a provider that is down."""

    intents: dict[str, Intent] = field(default_factory=dict)
    refunds: dict[str, tuple[str, int]] = field(default_factory=dict)
    silent: bool = False

    def open(self, order_id: str, member: str, money: Money) -> Intent:
        """Open an intent, the same for the same order and money."""
        del member
        self._speak()
        intent_id = f"pi_{order_id}_{money.amount}"
        opened = Intent(intent_id, order_id, "open", money, client_secret=f"{intent_id}_secret")
        return self.intents.setdefault(intent_id, opened)

    def find(self, intent_id: str) -> Intent | None:
        """How an intent stands, if there is one."""
        self._speak()
        return self.intents.get(intent_id)

    def cancel(self, intent_id: str) -> Intent:
        """Cancel what is open."""
        self._speak()
        if self.intents[intent_id].status == "open":
            self.intents[intent_id] = replace(self.intents[intent_id], status="cancelled")
        return self.intents[intent_id]

    def refund(self, intent_id: str, refund_id: str, amount: int) -> bool:
        """Give money back, once for each id, and never more than was taken."""
        self._speak()
        if refund_id not in self.refunds:
            intent = self.intents[intent_id]
            if intent.status != "succeeded" or intent.refunded + amount > intent.money.amount:
                return False
            self.refunds[refund_id] = (intent_id, amount)
            self.intents[intent_id] = replace(intent, refunded=intent.refunded + amount)
        return True

    def since(self, begin: Millis) -> Iterable[Intent]:
        """Every intent: this till keeps no time."""
        del begin
        self._speak()
        return list(self.intents.values())

    def pay(self, intent_id: str) -> None:
        """The member pays, which works while the intent is open."""
        if self.intents[intent_id].status == "open":
            self.intents[intent_id] = replace(self.intents[intent_id], status="succeeded")

    def kept(self, order_id: str) -> int:
        """What was taken of an order and not given back."""
        mine = (i for i in self.intents.values() if i.order_id == order_id)
        return sum(i.money.amount - i.refunded for i in mine if i.status == "succeeded")

    def _speak(self) -> None:
        if self.silent:
            raise PaymentUnavailable()
