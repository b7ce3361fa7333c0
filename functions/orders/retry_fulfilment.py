"""POST /v1/admin/orders/{order_id}/retry-fulfilment: try again what could not be fulfilled.

The order goes back to `fulfilling`, and as every change of it, that is told: the relay asks the
queue for its fulfilment once more. Whoever repeats the request finds the order moved, and is told
where to.
"""

from mall import errors, keys
from mall.http import Caller, PathId, operation
from mall.orders.fulfilling import retried
from mall.orders.items import from_item
from mall.orders.views import OrderDetailView, detail
from mall.store import Commit, OpenStore


@operation(refuses=(errors.NotFound, errors.WrongStatus, errors.Busy))
def retry_fulfilment(order_id: PathId, caller: Caller, store: OpenStore) -> OrderDetailView:
    """Send an order to fulfilment again."""

    def attempt(_: errors.Stale | None) -> Commit[OrderDetailView]:
        item = store.get("orders", keys.order(order_id))
        if item is None:
            raise errors.NotFound("There is no such order.")
        writes, after = retried(from_item(item), caller.id, store.now())
        return Commit(writes, detail(after))

    return store.commit(attempt)
