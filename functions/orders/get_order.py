"""GET /v1/orders/{order_id}: one of the member's orders, with history and delivery.

Codes are opened here and nowhere else, for the order's own member; another member's order is as
unknown as one that never was.
"""

from mall import errors, keys
from mall.http import Caller, PathId, operation
from mall.orders.changes import owned
from mall.orders.items import from_item
from mall.orders.views import DeliveryView, OrderDetailView, detail
from mall.secrets import OpenVault
from mall.store import OpenStore


@operation(refuses=(errors.NotFound, errors.Busy))
def get_order(
    order_id: PathId, caller: Caller, store: OpenStore, vault: OpenVault
) -> OrderDetailView:
    """Show one order."""
    item = store.get("orders", keys.order(order_id))
    order = owned(from_item(item) if item else None, caller.id)
    codes = [vault.open(order.product_id, sealed) for sealed in order.codes]
    return detail(order, DeliveryView(codes=codes) if codes else None)
