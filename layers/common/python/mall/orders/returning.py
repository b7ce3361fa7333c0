"""Goods on their way back: units to the shards they came from, the limit, and a member's return.

What was never delivered goes back whole and frees the member's limit, as if it had not been
ordered. What was delivered comes back when an operator has it in hand: only goods can be sold
again, a code or voucher that somebody has seen cannot, and the limit stays used.

A return may be of some of the units, and once those are in hand another one of the rest. The
order's way leads to `refunded` once; what comes back after that steps where the order stands, and
says so.
"""

from dataclasses import dataclass, replace

from mall import keys
from mall.catalog import limits, stock
from mall.catalog.product import SENT
from mall.clock import Millis
from mall.errors import AccountClosed, Invalid, WrongStatus
from mall.orders.items import Moved, changed
from mall.orders.order import MEMBER, RETURN_ASKED, Order
from mall.orders.requests import ReturnRequest
from mall.orders.states import RETURNABLE, Status
from mall.points.ledger.entry import Entry
from mall.writes import ABSENT, Write, check, put

RESTOCKED, RETURNED = "restocked", "returned"  # how goods were taken in
_CAME_BACK: tuple[Status, ...] = ("returned", "refunded")


@dataclass(frozen=True)
class Asked:
    """What a member asks to return: units, and why. The reason is kept in `users`."""

    units: int
    reason: str


def asked(order: Order, request: ReturnRequest) -> Asked:
    """The return that a request is about. Raises Invalid for lines that are not of the order, or
    of more units than are left to return.
    """
    lines = request.lines or ()
    left = order.quantity - order.returning
    units = 0
    for number, line in enumerate(lines):
        if line.sku != order.sku:
            raise Invalid.of(f"lines.{number}.sku", "is not in the order")
        units += line.quantity
        if units > order.quantity:
            raise Invalid.of(f"lines.{number}.quantity", "is more than was ordered")
        if left and units > left:
            raise Invalid.of(f"lines.{number}.quantity", "is more than is left to return")
    return Asked(units or left, request.reason)


def ask(order: Order, wanted: Asked, head: Entry | None, now: Millis) -> Moved:
    """Ask to return what was delivered, or more of it. Raises WrongStatus(order_status), also where
    nothing is left to return or to refund, or the last return is on its way, and AccountClosed.

    The reason is the member's own words, so it lives in `users` and leaves with the member. The
    write stands on the chain of entries, which an erasure closes first: no words come after it.
    """
    if order.status in RETURNABLE:
        after = order.stepped("return_requested", now, MEMBER)
    elif _returns_more(order):
        after = order.stepped(order.status, now, MEMBER, RETURN_ASKED)
    else:
        raise WrongStatus(order_status=order.status)
    if head and head.after.closed:
        raise AccountClosed()
    after = replace(after, returning=order.returning + wanted.units)
    words = {**keys.note(order.member, note_id(after)), "text": wanted.reason}
    following = keys.entry(order.member, head.revision + 1 if head else 1)
    return [changed(order, after), check("points", following, ABSENT), put("users", words)], after


def _returns_more(order: Order) -> bool:
    delivered = any(step.status in RETURNABLE for step in order.history)
    came_back = delivered and order.status in _CAME_BACK and not order.awaited
    left = order.points_left or order.cash_left
    return came_back and bool(left) and order.returning < order.quantity


def note_id(order: Order) -> str:
    """Where the member's reason for their last return of an order is kept."""
    asks = [
        step
        for step in order.history
        if step.actor == MEMBER and RETURN_ASKED in (step.status, step.reason)
    ]
    return ".".join(("return", order.order_id, *([str(len(asks))] if len(asks) > 1 else [])))


def accept(
    order: Order, now: Millis, *, actor: str, restock: bool, returned: int | None = None
) -> Moved:
    """Take the goods of a return in; `restock` puts them on the shelf again.

    `returned` is how many units have come back in all. Without it this is the first return, so no
    repetition takes in what is asked for later. The same again changes nothing.
    Raises WrongStatus(order_status), and Invalid where there are no goods to put on a shelf, or
    another number of units is on its way.
    """
    first = order.status == "return_requested"
    if not first and not order.awaited:
        if returned in (None, order.returned) and _taken_in(order, restock):
            return [], order
        raise WrongStatus(order_status=order.status)
    if returned != order.returning and not (first and returned is None):
        raise Invalid.of("returned", f"{order.returning} in all are to come back")
    if restock and order.product_type != SENT:
        raise Invalid.of("restock", "is for goods: what was delivered here cannot be sold again")
    reason = RESTOCKED if restock else "" if first else RETURNED
    after = order.stepped("returned" if first else order.status, now, actor, reason)
    after = replace(after, returned=order.returning)
    writes: list[Write] = []
    if restock:
        writes, after = restocked(after, order.awaited)
    return [changed(order, after), *writes], after


def _taken_in(order: Order, restock: bool) -> bool:
    """Whether the last thing that happened was that goods were taken in, in this way."""
    last, booked = order.history[-1], {refund.version for refund in order.refunds}
    came = order.status == "returned" or (
        order.status == "refunded" and last.role == "operator" and order.version not in booked
    )
    return came and last.reason in ((RESTOCKED,) if restock else ("", RETURNED))


def undone(order: Order) -> Moved:
    """What was never delivered: all units back to their shards, and the limit freed."""
    writes, after = restocked(order, order.quantity)
    if order.limit_period:
        units = order.quantity
        writes.append(limits.free(order.member, order.product_id, units, order.limit_period))
    return writes, after


def restocked(order: Order, units: int) -> Moved:
    """Units back to the shards that gave them; none of a product that counts none. They go on
    where the ones before ended.
    """
    plan: dict[int, int] = {}
    before = order.restocked
    for shard, given in sorted(order.taken.items()):
        full = min(given, before)
        before -= full
        part = min(given - full, units - sum(plan.values()))
        if part:
            plan[int(shard)] = part
    after = replace(order, restocked=order.restocked + sum(plan.values()))
    return stock.give_back(order.product_id, order.sku, plan), after
