"""What happens to an order after it was placed. Each function returns the writes and the order.

Every change is conditional on the state and the version it leaves, and appends to the history.
"""

from dataclasses import replace

from mall.clock import Millis
from mall.errors import AddressMissing, NotCancellable, NotFound, WrongStatus
from mall.orders.items import Moved, changed
from mall.orders.order import MEMBER, Order, Shipment
from mall.orders.refunding import Back, booked, left_of, points_back
from mall.orders.returning import undone
from mall.orders.states import CANCELLABLE
from mall.points.ledger.entry import Entry, Lot


def owned(order: Order | None, member: str) -> Order:
    """The order, if it is this member's. Raises NotFound, also for another member's."""
    if order is None or order.member != member:
        raise NotFound("There is no such order.")
    return order


def cancel(
    order: Order, spent: Entry | None, head: Entry | None, now: Millis,
    *, actor: str, reason: str = "", reissue: Lot | None = None,
) -> Moved:  # fmt: skip
    """Cancel an order that nobody has begun to fulfil: points, stock, limit and cash go back.

    `spent` is the entry that paid for it, None where it cost no points; `reissue` is the lot for
    points whose lot is gone, where the merchant is at fault. Cash that was paid is due back from
    now on. Before this, the payment must have been cancelled at the provider, or taken.
    Raises NotCancellable(order_status); and of the member's own wish, AccountClosed and
    PointsLimit: what the mall takes back by itself, it owes, whatever became of the account.
    """
    if order.status not in CANCELLABLE:
        raise NotCancellable(order_status=order.status)
    _, cash = left_of(order)
    points = -spent.points if spent else 0
    back = Back(f"{order.order_id}.cancel", points, cash, reason or "cancelled", reissue)
    entries, at = points_back(order, spent, head, now, back, owed=actor != MEMBER)
    shelved, after = undone(order.stepped("cancelled", at, actor, reason))
    after = booked(after, back)
    return [changed(order, after), *entries, *shelved], after


def ship(order: Order, shipment: Shipment, now: Millis, *, actor: str) -> Moved:
    """Hand goods to a carrier. The same again changes nothing.

    Raises WrongStatus(order_status), and AddressMissing for a prize that goes nowhere yet.
    """
    if order.shipment == shipment:
        return [], order
    if not order.to_be_shipped:
        raise WrongStatus(order_status=order.status)
    if order.needs_address:
        raise AddressMissing()
    after = replace(order.stepped("shipped", now, actor), shipment=shipment)
    return [changed(order, after)], after


def complete(order: Order, now: Millis, *, actor: str) -> Moved:
    """Close what was shipped. The same again changes nothing. Raises WrongStatus(order_status)."""
    if order.status == "completed":
        return [], order
    if order.status != "shipped":
        raise WrongStatus(order_status=order.status)
    after = order.stepped("completed", now, actor)
    return [changed(order, after)], after
