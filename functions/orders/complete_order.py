"""POST /v1/admin/orders/{order_id}/complete: what was shipped has arrived.

The same request again changes nothing, so it needs no key.
"""

from mall import errors
from mall.http import Caller, PathId, operation
from mall.orders.admin_views import AdminOrderView, shown
from mall.orders.changes import complete
from mall.orders.order import operator
from mall.store import Commit, OpenStore
from mall.store.orders import find_order


@operation(refuses=(errors.NotFound, errors.WrongStatus, errors.Busy))
def complete_order(order_id: PathId, caller: Caller, store: OpenStore) -> AdminOrderView:
    """Complete an order, and show it."""

    def attempt(_: errors.Stale | None) -> Commit[AdminOrderView]:
        order = find_order(store, order_id)
        writes, after = complete(order, store.now(), actor=operator(caller.id))
        return Commit(writes, shown(after))

    return store.commit(attempt)
