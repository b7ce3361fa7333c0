"""What an order makes of what its payment became. Pure, so whoever learns of it comes to the same.

The provider's own state is the argument, never an event: a webhook, the timeout, a cancellation and
the reconciliation all ask the provider and settle by its answer. So events may be lost, repeated or
out of order, and an order is paid once, and late money goes back once.
"""

from dataclasses import dataclass, replace
from typing import Literal

from mall.clock import Millis
from mall.orders.items import changed
from mall.orders.order import SYSTEM, MoneyBack, Order, Refund
from mall.orders.provider import Intent
from mall.writes import Write

Outcome = Literal["nothing", "paid", "late", "mismatch", "given_back"]
PAID = "paid"
LATE = "late_payment"
MONEY_REFUNDED = "money_refunded"
MONEY_FAILED = "money_failed"


@dataclass(frozen=True)
class Settlement:
    """What is to be written, the order then, and what it came to."""

    writes: list[Write]
    order: Order
    outcome: Outcome = "nothing"


def settle(order: Order, intent: Intent, now: Millis) -> Settlement:
    """Settle an order by how its intent stands.

    Only money that was taken moves an order: one that waits for just this money is placed, and what
    arrives for one that was cancelled is due back. Other money than the order asks for leaves it
    unpaid (`mismatch`), and so does money of which a part was given back at the provider meanwhile;
    what was given back whole does not count (`given_back`). What was declined or cancelled moves
    nothing: the member may try again until the time is up.
    """
    ours = order.payment is not None and order.payment.intent_id == intent.intent_id
    if not ours or intent.status != "succeeded" or order.paid:
        return Settlement([], order)
    kept = intent.money.amount - intent.refunded
    if order.status == "pending_payment":
        if not kept:
            return Settlement([], order, "given_back")
        if intent.money != order.cash or intent.refunded:
            return Settlement([], order, "mismatch")
        after = order.stepped("placed", now, SYSTEM, PAID)
        return Settlement([changed(order, after)], after, "paid")
    return _too_late(order, kept, now)


def _too_late(order: Order, kept: int, now: Millis) -> Settlement:
    """Money for a cancelled order: all that the provider holds of it is due back, once."""
    refund_id = order.late_refund_id
    known = any(refund.refund_id == refund_id for refund in order.refunds)
    if order.status != "cancelled" or not kept or known:
        return Settlement([], order)
    after = order.stepped("cancelled", now, SYSTEM, LATE)
    at, version = after.history[-1].at, after.version
    late = Refund(refund_id, at, 0, kept, LATE, money="due", version=version)
    after = replace(after, refunds=(*order.refunds, late))
    return Settlement([changed(order, after)], after, "late")


def due(order: Order, refund_id: str) -> Refund | None:
    """The refund with this id, while its money is due."""
    return next((r for r in order.refunds if r.refund_id == refund_id and r.money == "due"), None)


def refused(order: Order, refund_id: str, attempt: int) -> Settlement:
    """Note that the provider refused a refund for certain, so that it is asked anew by the next
    attempt. It stays due, so this is no step. Nothing when that was noted before.
    """
    refund = due(order, refund_id)
    if refund is None or refund.attempt != attempt:
        return Settlement([], order)
    again = replace(refund, attempt=attempt + 1)
    refunds = tuple(again if each == refund else each for each in order.refunds)
    after = replace(order, refunds=refunds)
    return Settlement([changed(order, after)], after)


def handed_over(order: Order, refund_id: str, *, given: bool, now: Millis) -> Settlement:
    """Note what the provider said of a refund that was due: money given, or never will be.

    What was given may fail later, when a bank sends it back. Nothing when that was noted before.
    """
    refund = next((r for r in order.refunds if r.refund_id == refund_id), None)
    if refund is None or not (refund.money == "due" or (refund.money == "paid" and not given)):
        return Settlement([], order)
    reason = MONEY_REFUNDED if given else MONEY_FAILED
    after = order.stepped(order.status, now, SYSTEM, reason)
    money: MoneyBack = "paid" if given else "failed"
    noted = replace(refund, money=money, answered_version=after.version)
    refunds = tuple(noted if each == refund else each for each in order.refunds)
    after = replace(after, refunds=refunds)
    return Settlement([changed(order, after)], after)
