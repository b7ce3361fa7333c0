"""POST /v1/admin/orders/{order_id}/returned: the goods of a return are back in hand.

With `restock` they are in stock again from the same transaction on. Of what comes back later than
the first return, the request says how many units have come back in all. So the same request again
changes nothing, and it needs no key.
"""

from mall import errors
from mall.http import Caller, PathId, operation
from mall.orders.admin_views import AdminOrderView, shown
from mall.orders.order import operator
from mall.orders.requests import AcceptReturnRequest
from mall.orders.returning import accept
from mall.store import Commit, OpenStore
from mall.store.orders import find_order


@operation(refuses=(errors.NotFound, errors.WrongStatus, errors.Invalid, errors.Busy))
def accept_return(
    order_id: PathId, request: AcceptReturnRequest, caller: Caller, store: OpenStore
) -> AdminOrderView:
    """Take a return in, and show the order."""

    def attempt(_: errors.Stale | None) -> Commit[AdminOrderView]:
        order = find_order(store, order_id)
        writes, after = accept(
            order, store.now(), actor=operator(caller.id), restock=request.restock,
            returned=request.returned,
        )  # fmt: skip
        return Commit(writes, shown(after))

    return store.commit(attempt)
