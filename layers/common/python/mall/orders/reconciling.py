"""Payments held against orders: where the two say different things, and what mends it.

The provider decides what money moved, the order what it was for. Most differences mend themselves
by settling the order; money and intents that no order knows go back where they came from; what is
left is somebody's to look at.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from mall.models import View
from mall.orders.order import Order
from mall.orders.provider import Intent
from mall.orders.refunding import left_of

Kind = Literal[
    "webhook_lost", "amount_differs", "refunds_differ", "not_taken", "stray_intent", "stray_money"
]
LISTED_MAX = 200
_UNDECIDED = ("open", "processing")


class DifferenceView(View):
    """One payment that differs, in minor units: what the mall expects, what the provider tells."""

    kind: Kind
    order_id: str
    intent_id: str
    currency: str
    expected: int
    found: int


@dataclass(frozen=True)
class Report:
    """What one comparison came to. `differences` lists the first 200."""

    day: str
    at: str
    since: str
    payments: int
    differing: int
    differences: Sequence[DifferenceView]


class PaymentReportView(View):
    """The comparison of a day: payments since `since`, how many differ, and the first 200."""

    date: str
    at: str
    since: str
    payments: int
    differing: int
    differences: list[DifferenceView]


def compare(order: Order | None, intent: Intent) -> DifferenceView | None:
    """How an intent differs from its order, or None.

    A refund that is due may or may not have arrived, so either is as it should be; one that failed
    and that nothing makes up for did not. An intent that
    its order does not know is a stray: `stray_money` once it was paid.
    """
    kept = intent.money.amount - intent.refunded
    if order is None or order.payment is None or order.payment.intent_id != intent.intent_id:
        return _stray(intent, kept)
    taken = intent.status == "succeeded"
    expected = order.cash.amount if order.cash else 0
    if taken and not order.paid:
        return _unsettled(order, intent, expected, kept)
    if not taken and order.paid:
        return _difference("not_taken", intent, expected, 0)
    if intent.status in _UNDECIDED and order.status == "cancelled":
        return _stray(intent, kept)
    given = sum(refund.cash_amount for refund in order.refunds if refund.money == "paid")
    owed = sum(refund.cash_amount for refund in order.refunds if refund.money == "due")
    least = given + _refused(order)
    if taken and not least <= intent.refunded <= least + owed:
        return _difference("refunds_differ", intent, least, intent.refunded)
    return None


def _refused(order: Order) -> int:
    """What should have gone back and did not: refused, and no later refund makes up for it."""
    missing = 0
    for refund in order.refunds:
        if refund.money == "failed":
            missing += refund.cash_amount
        else:
            missing = max(0, missing - refund.cash_amount)
    return min(missing, left_of(order)[1])


def _unsettled(order: Order, intent: Intent, expected: int, kept: int) -> DifferenceView | None:
    """Money taken that did not pay the order: it does not know of it, or owes it back."""
    owed = sum(refund.cash_amount for refund in order.refunds if refund.money == "due")
    if order.status == "cancelled" and kept <= owed:
        return None
    if order.cash_taken:
        return _difference("refunds_differ", intent, intent.money.amount - owed, intent.refunded)
    if order.status == "pending_payment" and (intent.money != order.cash or intent.refunded):
        return _difference("amount_differs", intent, expected, kept)
    return _difference("webhook_lost", intent, expected, intent.money.amount)


def _stray(intent: Intent, kept: int) -> DifferenceView | None:
    if intent.status in _UNDECIDED:
        return _difference("stray_intent", intent, 0, 0)
    if intent.status == "succeeded" and kept:
        return _difference("stray_money", intent, 0, kept)
    return None


def _difference(kind: Kind, intent: Intent, expected: int, found: int) -> DifferenceView:
    return DifferenceView(
        kind=kind, order_id=intent.order_id, intent_id=intent.intent_id,
        currency=intent.money.currency, expected=expected, found=found,
    )  # fmt: skip


def to_item(report: Report) -> dict[str, Any]:
    """A report as it stands in the table, beside its key."""
    return asdict(report) | {"differences": [each.model_dump() for each in report.differences]}


def report_view(item: dict[str, Any]) -> PaymentReportView:
    """A stored report as it is shown."""
    return PaymentReportView(
        date=f"{item['day'][:4]}-{item['day'][4:6]}-{item['day'][6:]}",
        at=item["at"],
        since=item["since"],
        payments=item["payments"],
        differing=item["differing"],
        differences=item["differences"],
    )
