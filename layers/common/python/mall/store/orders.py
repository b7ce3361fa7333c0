"""Orders as the operations on them find them: the order, and what paid for it."""

from collections.abc import Iterable

from mall import keys
from mall.clock import Millis
from mall.errors import NotFound
from mall.orders.items import from_item, waits
from mall.orders.order import Order
from mall.points.ledger.entry import Entry, Lot
from mall.points.program import Program
from mall.store.client import Store
from mall.store.ledger import entry, head


def read_order(store: Store, order_id: str) -> Order | None:
    """An order as it is now; None where there is none, or none yet."""
    item = store.get("orders", keys.order(order_id))
    return from_item(item) if item and not waits(item) else None


def read_orders(store: Store, order_ids: Iterable[str]) -> dict[str, Order]:
    """Orders as they are now, by these ids; what there is not is left out."""
    asked = list(dict.fromkeys(order_ids))
    items = store.get_many([("orders", keys.order(order_id)) for order_id in asked])
    return {
        order_id: from_item(item)
        for order_id, item in zip(asked, items, strict=True)
        if item and not waits(item)
    }


def find_order(store: Store, order_id: str) -> Order:
    """An order as it is now. Raises NotFound."""
    order = read_order(store, order_id)
    if order is None:
        raise NotFound("There is no such order.")
    return order


def account_of(store: Store, order: Order) -> tuple[Entry | None, Entry | None]:
    """The entry that paid for an order, none where it cost no points, and the member's newest."""
    revision = order.spent_revision
    spent = entry(store, order.member, revision) if revision else None
    if revision and spent is None:
        raise LookupError(f"entry {revision}, which paid for order {order.order_id}, is missing")
    return spent, head(store, order.member)


def grace(program: Program, newest: Entry | None, now: Millis, *, fault: bool) -> Lot | None:
    """Where points of a lot that is gone go by the merchant's fault; None where it is not."""
    return program.grace_lot(max(now, newest.at if newest else now)) if fault else None
