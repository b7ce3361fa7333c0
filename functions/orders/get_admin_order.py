"""GET /v1/admin/orders/{order_id}: an order whole, with the address that it is sent to.

Never a code or voucher in clear: those are for the member alone. What is personal comes from
`users`, so of an erased member there is nothing left to show.
"""

from mall import errors, keys
from mall.http import PathId, operation
from mall.orders.admin_views import AdminOrderView, shown
from mall.orders.returning import note_id
from mall.store import OpenStore
from mall.store.orders import find_order


@operation(refuses=(errors.NotFound, errors.Busy))
def get_admin_order(order_id: PathId, store: OpenStore) -> AdminOrderView:
    """Show one order."""
    order = find_order(store, order_id)
    address, words = store.get_many(
        [
            ("users", keys.order_address(order.member, order.order_id)),
            ("users", keys.note(order.member, note_id(order))),
        ]
    )
    return shown(order).with_personal(order.returning, address, words)
