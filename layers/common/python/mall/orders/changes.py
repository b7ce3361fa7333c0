"""What happens to an order after it was placed. Each function returns the writes and the order.

Every change is conditional on the state and the version it leaves, and appends to the history.
"""

from dataclasses import replace

from mall.catalog import limits, stock
from mall.clock import Millis
from mall.errors import NotCancellable, NotFound
from mall.money import Money
from mall.orders.items import changed
from mall.orders.order import Order, Refund
from mall.orders.states import CANCELLABLE
from mall.points import ledger
from mall.points.ledger.entry import Entry, Lot, Source
from mall.points.ledger.writes import append
from mall.writes import Write

Moved = tuple[list[Write], Order]


def owned(order: Order | None, member: str) -> Order:
    """The order, if it is this member's. Raises NotFound, also for another member's."""
    if order is None or order.member != member:
        raise NotFound("There is no such order.")
    return order


def cancel(  # noqa: PLR0913 - who cancels, why, and what it was paid with
    order: Order, spent: Entry | None, head: Entry | None, now: Millis,
    *, actor: str, reason: str = "", reissue: Lot | None = None, done: str = "",
) -> Moved:  # fmt: skip
    """Cancel an order that nobody has begun to fulfil: points, stock, limit and cash go back.

    `spent` is the entry that paid for it, None where it cost no points; `reissue` is the lot for
    points whose lot is gone, where the merchant is at fault. Cash that was paid is due back from
    now on. Before this, the payment must have been cancelled at the provider, or taken.
    Raises NotCancellable(order_status), AccountClosed and PointsLimit.
    """
    if order.status not in CANCELLABLE:
        raise NotCancellable(order_status=order.status)
    entries: list[Write] = []
    at = now
    if spent is not None:
        posting = ledger.open_posting(order.member, head, now)
        allocation = {lot: -points for lot, points in spent.lots.items()}
        ledger.refund(posting, allocation, Source("order", order.order_id), reissue=reissue)
        entries, at = append(posting), posting.at
    after = order.stepped("cancelled", at, actor, reason)
    after = replace(after, done={**order.done, **({"cancel": done} if done else {})})
    if order.paid and order.cash:
        after = _owing(after, order.cash, f"{order.order_id}.cancel", reason)
    return [changed(order, after), *entries, *_restocked(order)], after


def _owing(order: Order, cash: Money, refund_id: str, reason: str) -> Order:
    """The order with all of its cash due back."""
    points = order.points
    due = Refund(
        refund_id, order.history[-1].at, points, cash.amount, reason or "cancelled", money="due"
    )
    return replace(order, refunds=(*order.refunds, due))


def _restocked(order: Order) -> list[Write]:
    """Units back to the shards they came from, and the limit freed."""
    taken = {int(shard): units for shard, units in order.taken.items()}
    writes = stock.give_back(order.product_id, order.sku, taken)
    if order.limit_period:
        units = order.quantity
        writes.append(limits.free(order.member, order.product_id, units, order.limit_period))
    return writes
