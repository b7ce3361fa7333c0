"""Goods on their way back: units to the shards they came from, the limit, and a member's return.

What was never delivered goes back whole and frees the member's limit, as if it had not been
ordered. What was delivered comes back when an operator has it in hand: only goods can be sold
again, a code or voucher that somebody has seen cannot, and the limit stays used.
"""

from dataclasses import dataclass, replace

from mall import keys
from mall.catalog import limits, stock
from mall.catalog.product import SENT
from mall.clock import Millis
from mall.errors import AccountClosed, Invalid, WrongStatus
from mall.orders.items import Moved, changed
from mall.orders.order import MEMBER, Order
from mall.orders.requests import ReturnRequest
from mall.orders.states import RETURNABLE
from mall.points.ledger.entry import Entry
from mall.writes import ABSENT, Write, check, put

RESTOCKED = "restocked"


@dataclass(frozen=True)
class Asked:
    """What a member asks to return: units, and why. The reason is kept in `users`."""

    units: int
    reason: str


def asked(order: Order, request: ReturnRequest) -> Asked:
    """The return that a request is about. Raises Invalid for lines that are not of the order."""
    lines = request.lines or ()
    units = 0
    for number, line in enumerate(lines):
        if line.sku != order.sku:
            raise _invalid(f"lines.{number}.sku", "is not in the order")
        units += line.quantity
        if units > order.quantity:
            raise _invalid(f"lines.{number}.quantity", "is more than was ordered")
    return Asked(units or order.quantity, request.reason)


def ask(order: Order, wanted: Asked, head: Entry | None, now: Millis) -> Moved:
    """Ask to return what was delivered. Raises WrongStatus(order_status) and AccountClosed.

    The reason is the member's own words, so it lives in `users` and leaves with the member. The
    write stands on the chain of entries, which an erasure closes first: no words come after it.
    """
    if order.status not in RETURNABLE:
        raise WrongStatus(order_status=order.status)
    if head and head.after.closed:
        raise AccountClosed()
    after = order.stepped("return_requested", now, MEMBER)
    after = replace(after, returning=wanted.units)
    words = {**keys.note(order.member, note_id(order)), "text": wanted.reason}
    following = keys.entry(order.member, head.revision + 1 if head else 1)
    return [changed(order, after), check("points", following, ABSENT), put("users", words)], after


def note_id(order: Order) -> str:
    """Where the member's reason for returning an order is kept."""
    return f"return.{order.order_id}"


def accept(order: Order, now: Millis, *, actor: str, restock: bool) -> Moved:
    """Take the goods of a return in; `restock` puts them on the shelf again.

    The same again changes nothing. Raises WrongStatus(order_status), and Invalid where there are no
    goods to put on a shelf.
    """
    reason = RESTOCKED if restock else ""
    if order.status == "returned" and order.history[-1].reason == reason:
        return [], order
    if order.status != "return_requested":
        raise WrongStatus(order_status=order.status)
    if restock and order.product_type != SENT:
        raise _invalid("restock", "is for goods: what was delivered here cannot be sold again")
    after = order.stepped("returned", now, actor, reason)
    writes: list[Write] = []
    if restock:
        writes, after = restocked(after, order.returning)
    return [changed(order, after), *writes], after


def undone(order: Order) -> Moved:
    """What was never delivered: all units back to their shards, and the limit freed."""
    writes, after = restocked(order, order.quantity)
    if order.limit_period:
        units = order.quantity
        writes.append(limits.free(order.member, order.product_id, units, order.limit_period))
    return writes, after


def restocked(order: Order, units: int) -> Moved:
    """Units back to the shards that gave them; none of a product that counts none."""
    plan: dict[int, int] = {}
    for shard, given in sorted(order.taken.items()):
        part = min(given, units - sum(plan.values()))
        if part:
            plan[int(shard)] = part
    after = replace(order, restocked=order.restocked + sum(plan.values()))
    return stock.give_back(order.product_id, order.sku, plan), after


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(faults=[{"field": field, "message": message}])
