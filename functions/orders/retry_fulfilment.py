"""POST /v1/admin/orders/{order_id}/retry-fulfilment: try again what could not be fulfilled.

The order goes back to `fulfilling`, and as every change of it, that is told: the relay asks the
queue for its fulfilment once more. The same request again changes nothing, so it needs no key.
Twenty times is enough: an order that fails again is to be refunded.
"""

from mall import errors
from mall.http import Caller, PathId, operation
from mall.orders.admin_views import AdminOrderView, shown
from mall.orders.fulfilling import retried
from mall.orders.order import operator
from mall.store import Commit, OpenStore
from mall.store.orders import find_order


@operation(refuses=(errors.NotFound, errors.WrongStatus, errors.TooManyRetries, errors.Busy))
def retry_fulfilment(order_id: PathId, caller: Caller, store: OpenStore) -> AdminOrderView:
    """Send an order to fulfilment again, and show it."""

    def attempt(_: errors.Stale | None) -> Commit[AdminOrderView]:
        order = find_order(store, order_id)
        writes, after = retried(order, operator(caller.id), store.now())
        return Commit(writes, shown(after))

    return store.commit(attempt)
