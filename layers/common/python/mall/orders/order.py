"""An order: the receipt of its Idempotency-Key, the record of its history, and its own outbox.

The key derives from member and Idempotency-Key, so a retry finds the order and nothing else can.
Every change appends a step to the history, and `version` is how many there are; `relayed_version`
is the last one that was told to the world.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from mall.catalog.product import SENT, VoucherTerms
from mall.clock import Millis
from mall.ids import derived_id
from mall.money import Money
from mall.orders.states import Status, follows

MoneyBack = Literal["none", "due", "paid", "failed"]
ADDRESSABLE: tuple[Status, ...] = ("placed", "fulfilling")  # its goods are not on their way yet


@dataclass(frozen=True)
class Step:
    """One line of an order's history. `actor` is `member`, `system`, or `operator:<id>`."""

    at: Millis
    status: Status
    actor: str
    reason: str = ""

    @property
    def role(self) -> str:
        """Who it was as far as the member is told: never which operator."""
        return self.actor.partition(":")[0]


@dataclass(frozen=True)
class Payment:
    """The cash part of an order at the provider. `expires_at` is when it is given up.

    The secret is for paying, and pays nothing once the intent has ended; it stays, because a
    repetition is answered as the first request was.
    """

    intent_id: str
    client_secret: str = field(repr=False)
    expires_at: Millis = 0


@dataclass(frozen=True)
class Refund:
    """Points and money that went back, or are on their way.

    `money` is `due` from the commit until the provider has it, then `paid`; `failed` when the
    provider says that it never will. The id is the provider's idempotency key. `version` is the
    order's at which it was booked, `answered_version` that at which the provider's word was noted;
    0 is before any. `attempt` is how often the provider is asked under a key of its own: one more
    than it has refused for certain.
    """

    refund_id: str
    at: Millis
    points: int
    cash_amount: int
    reason: str
    merchant_fault: bool = False
    money: MoneyBack = "none"
    version: int = 0
    answered_version: int = 0
    attempt: int = 1


@dataclass(frozen=True)
class Voucher:
    """A voucher that was issued for the order: what it is known by, and its code, sealed."""

    mac: str
    sealed: bytes = field(repr=False)
    expires_at: Millis | None = None


@dataclass(frozen=True)
class Shipment:
    """Who carries the goods, under which number."""

    carrier: str
    tracking_number: str


@dataclass(frozen=True)
class Order:
    """An order as it stands.

    `points` and `cash` are its whole price. `taken` is what each stock shard gave, by shard number;
    `limit_period` is where the member's limit counts it, empty without a limit. `spent_revision`
    is the ledger entry that paid for it, 0 where it cost no points. `voucher_terms` are those that
    the product had when it was ordered. `returning` is how many units the
    member asked to give back so far, `returned` how many of them were taken in, `restocked` how
    many are in stock again.
    """

    order_id: str
    member: str
    product_id: str
    product_name: str
    product_type: str
    sku: str
    quantity: int
    points: int
    placed_at: Millis
    request_hash: bytes
    taken: Mapping[str, int]
    spent_revision: int
    cash: Money | None = None
    limit_period: str = ""
    address: bool = False
    relayed_version: int = 0
    history: tuple[Step, ...] = ()
    payment: Payment | None = None
    refunds: tuple[Refund, ...] = ()
    codes: tuple[bytes, ...] = field(default=(), repr=False)
    voucher_terms: VoucherTerms | None = None
    voucher: Voucher | None = None
    shipment: Shipment | None = None
    returning: int = 0
    returned: int = 0
    restocked: int = 0

    @property
    def status(self) -> Status:
        """The state that the last step led to."""
        return self.history[-1].status

    @property
    def version(self) -> int:
        """How many steps there were: step n made version n."""
        return len(self.history)

    @property
    def lagging(self) -> bool:
        """Whether the world has not been told of the newest version."""
        return self.relayed_version < self.version

    @property
    def paid(self) -> bool:
        """Whether the provider took the cash part; no other step to `placed` says so."""
        return any((step.status, step.reason) == ("placed", "paid") for step in self.history)

    @property
    def to_be_shipped(self) -> bool:
        """Whether these are goods that wait for a carrier."""
        return self.status == "fulfilling" and self.product_type == SENT

    @property
    def needs_address(self) -> bool:
        """Whether its goods cannot be sent before the member says where to."""
        return self.product_type == SENT and not self.address and self.status in ADDRESSABLE

    @property
    def late_refund_id(self) -> str:
        """The refund of money that came when the order was cancelled already."""
        return f"{self.order_id}.late"

    @property
    def cash_taken(self) -> int:
        """Minor units that the provider took: the price once it is paid, or what came too late."""
        if self.paid:
            return self.cash.amount if self.cash else 0
        return sum(r.cash_amount for r in self.refunds if r.refund_id == self.late_refund_id)

    @property
    def points_refunded(self) -> int:
        """Points that went back so far."""
        return sum(refund.points for refund in self.refunds)

    @property
    def cash_refunded(self) -> int:
        """Minor units that went back or are on their way; what the provider refused is not."""
        return sum(refund.cash_amount for refund in self.refunds if refund.money != "failed")

    @property
    def points_left(self) -> int:
        """Points that can go back still; of a cancelled order all went."""
        return 0 if self.status == "cancelled" else self.points - self.points_refunded

    @property
    def cash_left(self) -> int:
        """Minor units that were taken, and neither went back nor are on their way."""
        return self.cash_taken - self.cash_refunded

    @property
    def awaited(self) -> int:
        """Units that the member asked to give back, and that nobody has taken in yet."""
        return self.returning - self.returned

    def stepped(self, status: Status, at: Millis, actor: str, reason: str = "") -> "Order":
        """The order one step on, never earlier than the last one.

        A step may stay in its state, to tell what happened there. Raises ValueError for a state
        that may not follow, which no operation asks for.
        """
        if self.history and status != self.status and not follows(self.status, status):
            raise ValueError(f"{status} does not follow {self.status}")
        at = max(at, self.history[-1].at) if self.history else at
        return replace(self, history=(*self.history, Step(at, status, actor, reason)))


MEMBER, SYSTEM = "member", "system"  # actors in an order's history
RETURN_ASKED = "return_requested"  # reason of a member's step that stays: more is to go back


def operator(caller_id: str) -> str:
    """The actor that an operator or admin is in an order's history."""
    return f"operator:{caller_id}"


def order_id(member: str, key: str) -> str:
    """The only order id that this member's Idempotency-Key can have."""
    return derived_id("order", member, key)
