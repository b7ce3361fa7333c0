"""What happens to an order after it was placed: cancelled, fulfilled, told to the world.

Every change is conditional on the state it leaves and on the version, and appends to the history.
A changed order moves to the current hour of the open-work index and stays there until the relay
has told of it.
"""

from collections.abc import Sequence
from dataclasses import replace

from mall import keys
from mall.catalog import stock
from mall.clock import Millis
from mall.errors import NotCancellable, NotFound
from mall.orders.order import Order, Status, Step, open_work_key, step_item, terminal
from mall.points import ledger
from mall.points.ledger.entry import Entry, Source
from mall.points.ledger.writes import append
from mall.writes import Write, update

_UNCHANGED = "#status = :was AND #version = :version"


def owned(order: Order | None, member: str) -> Order:
    """The order, if it is this member's. Raises NotFound, also for another member's."""
    if order is None or order.member != member:
        raise NotFound("There is no such order.")
    return order


def cancel(
    order: Order, spent: Entry, head: Entry, now: Millis, cancel_key: str
) -> tuple[list[Write], Order]:
    """The writes that cancel a placed order: points to their lots, units to their shards.

    `spent` is the entry that paid for it. Raises NotCancellable(order_status), AccountClosed
    and PointsLimit.
    """
    if order.status != "placed":
        raise NotCancellable(order_status=order.status)
    posting = ledger.open_posting(order.member, head, now)
    allocation = {lot: -points for lot, points in spent.lots.items()}
    ledger.refund(posting, allocation, Source("order", order.order_id))
    after = _moved(order, "cancelled", posting.at, "member")
    after = replace(after, cancel_key=cancel_key)
    taken = {int(shard): units for shard, units in order.taken.items()}
    freed = [stock.uncount_for_member(order.member, order.product_id, order.quantity)]
    writes = [
        _change(order, after, posting.at, "#cancel_key = :cancel_key", cancel_key=cancel_key),
        *append(posting),
        *stock.give_back(order.product_id, order.sku, taken),
        *(freed if order.limited else []),
    ]
    return writes, after


def fulfil(order: Order, sealed_codes: Sequence[bytes], now: Millis) -> Write:
    """The write that delivers codes to a placed order: both steps of it, at one instant."""
    at = max(now, order.history[-1].at)
    begun = _moved(order, "fulfilling", at, "system")
    after = _moved(begun, "fulfilled", at, "system")
    return _change(order, after, at, "#codes = :codes", codes=list(sealed_codes))


def relayed(order: Order) -> Write:
    """The write that says this version was told; a closed order leaves the open-work index.

    Stale when the order has moved on: then there is a newer version to tell.
    """
    leave = " REMOVE #gsi2pk, #gsi2sk" if terminal(order.status) else ""
    return update(
        "orders",
        keys.order(order.order_id),
        f"SET #relayed_version = :version{leave}",
        condition="#version = :version AND #relayed_version < :version",
        version=order.version,
    )


def _moved(order: Order, status: Status, at: Millis, actor: str) -> Order:
    step = Step(at, status, actor)
    return replace(order, status=status, version=order.version + 1, history=(*order.history, step))


def _change(order: Order, after: Order, at: Millis, extra: str, **values: object) -> Write:
    return update(
        "orders",
        keys.order(order.order_id),
        "SET #status = :status, #version = :next_version, #history = :history, "
        f"#gsi2pk = :gsi2pk, #gsi2sk = :gsi2sk, {extra}",
        condition=_UNCHANGED,
        was=order.status,
        version=order.version,
        status=after.status,
        next_version=after.version,
        history=[step_item(step) for step in after.history],
        more={**open_work_key(after, at), **values},
    )
