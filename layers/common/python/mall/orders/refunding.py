"""Refunds: points to the very lots they came from and cash to the payer, in whole or in parts.

Parts sum exactly to the order: they fill its lots in one fixed order, the latest expiry first, and
each goes on where the one before ended. Two at once meet on the order's version, so together they
never exceed what is left. Cash is only owed here; the queue `refund_payment` hands it over.
"""

from dataclasses import dataclass, replace

from mall.clock import Millis
from mall.errors import NotInParts, NotRefundable, RefundExceeds, TooManyRefunds
from mall.orders import vouchers
from mall.orders.items import Moved, changed
from mall.orders.order import Order, Refund
from mall.orders.requests import RefundRequest
from mall.orders.returning import undone
from mall.orders.states import Status, way_to_refund
from mall.points import ledger
from mall.points.ledger.entry import Entry, Lot, Lots, Source
from mall.points.ledger.lots import last_of
from mall.points.ledger.writes import append
from mall.writes import Write

PARTS_MAX = 90  # of one order, so that its item stays small
REFUNDS_MAX = 100  # in all: what is left can go back even after that many parts


@dataclass(frozen=True)
class Back:
    """What goes back, and why. `reissue` is where points of a lot that is gone can be spent again:
    the merchant is at fault.
    """

    refund_id: str
    points: int
    cash_amount: int
    reason: str
    reissue: Lot | None = None


def part_of(allocation: Lots, given: int, points: int) -> dict[Lot, int]:
    """Which lots the next `points` go to, once `given` of the allocation went back before."""
    before = last_of(allocation, given)
    filled = last_of(allocation, given + points)
    left = {lot: held - before.get(lot, 0) for lot, held in filled.items()}
    return {lot: part for lot, part in left.items() if part}


def left_of(order: Order) -> tuple[int, int]:
    """Points and minor units that were not refunded yet; only cash that was taken counts.

    Of a cancelled order everything went back, or is on its way: what is left is cash that the
    provider refused to hand over.
    """
    return order.points_left, order.cash_left


def way_back(order: Order) -> tuple[Status, ...]:
    """The states that an order passes when it is refunded now; none where it cannot be.

    A cancelled one stays so: there is a way for the cash alone that failed to go back.
    """
    if order.status == "cancelled":
        return ("cancelled",) if left_of(order)[1] > 0 else ()
    return way_to_refund(order.status)


def points_back(
    order: Order, spent: Entry | None, head: Entry | None, now: Millis, back: Back,
    *, owed: bool = True,
) -> tuple[list[Write], Millis]:  # fmt: skip
    """The entries that return points, and their instant; none where none go back.

    Raises AccountClosed and PointsLimit unless the mall owes them.
    """
    if spent is None or not back.points:
        return [], now
    allocation = {lot: -points for lot, points in spent.lots.items()}
    part = part_of(allocation, order.points_refunded, back.points)
    posting = ledger.open_posting(order.member, head, now)
    source = Source("order", order.order_id)
    ledger.refund(posting, part, source, reissue=back.reissue, owed=owed)
    return append(posting), posting.at


def booked(order: Order, back: Back) -> Order:
    """The order with a refund on record, at its last step. Nothing is recorded of nothing."""
    if not (back.points or back.cash_amount):
        return order
    refund = Refund(
        refund_id=back.refund_id,
        at=order.history[-1].at,
        points=back.points,
        cash_amount=back.cash_amount,
        reason=back.reason,
        merchant_fault=back.reissue is not None,
        money="due" if back.cash_amount else "none",
        version=order.version,
    )
    return replace(order, refunds=(*order.refunds, refund))


def asked(
    order: Order, request: RefundRequest, refund_id: str, reissue: Lot | None
) -> Back:  # fmt: skip
    """What a request gives back. Raises NotRefundable(order_status), RefundExceeds(points_left,
    amount_left), TooManyRefunds(limit); and NotInParts(points_left, amount_left) of a part where
    nothing was delivered: a refund ends such an order, and nothing of it may stay behind.
    """
    if not way_back(order):
        raise NotRefundable(order_status=order.status)
    points_left, amount_left = left_of(order)
    points, amount = request.points or 0, request.cash_amount or 0
    if not (points or amount):
        points, amount = points_left, amount_left
    if points > points_left or amount > amount_left or not (points or amount):
        raise RefundExceeds(points_left=points_left, amount_left=amount_left)
    whole = (points, amount) == (points_left, amount_left)
    if order.status == "fulfilment_failed" and not whole:
        raise NotInParts(points_left=points_left, amount_left=amount_left)
    limit = REFUNDS_MAX if whole else PARTS_MAX
    if len(order.refunds) >= limit:
        raise TooManyRefunds(limit=limit)
    return Back(refund_id, points, amount, request.reason, reissue)


def refund(
    order: Order, spent: Entry | None, head: Entry | None, now: Millis, back: Back, *, actor: str
) -> Moved:
    """Give something back, and walk the order to `refunded` if it is not there, all at once; what
    was cancelled stays `cancelled`.

    An order that was never delivered never will be now: its units and its limit go back, too. A
    voucher is void once nothing of its order is left; the writes mean VoucherUsed when a shop has
    burned it.
    """
    entries, at = points_back(order, spent, head, now, back)
    after = order
    for status in way_back(order):
        after = after.stepped(status, at, actor, back.reason)
    if "returned" in way_back(order):  # whatever is on its way, nobody waits for it any more
        after = replace(after, returned=order.returning)
    shelved: list[Write] = []
    if order.status == "fulfilment_failed":
        shelved, after = undone(after)
    after = booked(after, back)
    void = [] if any(left_of(after)) else vouchers.void(order)
    return [changed(order, after), *entries, *shelved, *void], after
