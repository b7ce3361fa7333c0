"""POST /v1/admin/orders/{order_id}/fail-fulfilment: these goods cannot be shipped.

Lost or broken in the warehouse: the order leaves `fulfilling` for `fulfilment_failed`, from where
it is refunded or sent to fulfilment again. The same request again changes nothing, so it needs no
key.
"""

from mall import errors
from mall.http import Caller, PathId, operation
from mall.orders.admin_views import AdminOrderView, shown
from mall.orders.fulfilling import given_up
from mall.orders.order import operator
from mall.orders.requests import FailFulfilmentRequest
from mall.store import Commit, OpenStore
from mall.store.orders import find_order


@operation(refuses=(errors.NotFound, errors.WrongStatus, errors.Busy))
def fail_fulfilment(
    order_id: PathId, request: FailFulfilmentRequest, caller: Caller, store: OpenStore
) -> AdminOrderView:
    """Give up on goods that cannot be shipped, and show their order."""

    def attempt(_: errors.Stale | None) -> Commit[AdminOrderView]:
        order = find_order(store, order_id)
        writes, after = given_up(order, operator(caller.id), request.reason, store.now())
        return Commit(writes, shown(after))

    return store.commit(attempt)
