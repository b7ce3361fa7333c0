"""POST /v1/admin/orders/{order_id}/ship: the goods are with a carrier, under this number.

The same request again changes nothing, so it needs no key.
"""

from mall import errors
from mall.http import Caller, PathId, operation
from mall.orders.admin_views import AdminOrderView, shown
from mall.orders.changes import ship
from mall.orders.order import Shipment, operator
from mall.orders.requests import ShipRequest
from mall.store import Commit, OpenStore
from mall.store.orders import find_order


@operation(
    refuses=(errors.NotFound, errors.WrongStatus, errors.AddressMissing, errors.Busy),
)
def ship_order(
    order_id: PathId, request: ShipRequest, caller: Caller, store: OpenStore
) -> AdminOrderView:
    """Ship an order, and show it."""
    shipment = Shipment(request.carrier, request.tracking_number)

    def attempt(_: errors.Stale | None) -> Commit[AdminOrderView]:
        order = find_order(store, order_id)
        writes, after = ship(order, shipment, store.now(), actor=operator(caller.id))
        return Commit(writes, shown(after))

    return store.commit(attempt)
