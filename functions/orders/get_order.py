"""GET /v1/orders/{order_id}: one of the member's orders, with history and delivery.

Codes and vouchers are opened here and nowhere else, for the order's own member; another member's
order is as unknown as one that never was. What was delivered stays to be seen, except the voucher
of an order that was refunded whole: it is void. An id without an order is one that waits in line,
if it was given out to this member.
"""

from mall import errors
from mall.clock import instant
from mall.http import Caller, PathId, operation
from mall.orders.changes import owned
from mall.orders.order import Order
from mall.orders.queueing import QueuedOrderView, is_queued
from mall.orders.refunding import left_of
from mall.orders.views import DeliveryView, OrderDetailView, ShipmentView, VoucherView, detail
from mall.secrets import CodeVault, OpenVault, SigningSecretWhenAsked
from mall.store import OpenStore
from mall.store.orders import read_order


@operation(refuses=(errors.NotFound, errors.Busy))
def get_order(
    order_id: PathId, caller: Caller, store: OpenStore, vault: OpenVault,
    secret: SigningSecretWhenAsked,
) -> OrderDetailView | QueuedOrderView:  # fmt: skip
    """Show one order, or that it is not decided yet."""
    order = read_order(store, order_id)
    if order is None and is_queued(order_id, caller.id, secret()):
        return QueuedOrderView(order_id=order_id)
    order = owned(order, caller.id)
    return detail(order, _delivery(order, vault))


def _delivery(order: Order, vault: CodeVault) -> DeliveryView | None:
    codes = [vault.open(order.product_id, sealed) for sealed in order.codes]
    if codes:
        return DeliveryView(codes=codes)
    if order.shipment:
        carrier, number = order.shipment.carrier, order.shipment.tracking_number
        return DeliveryView(shipment=ShipmentView(carrier=carrier, tracking_number=number))
    if order.voucher is None or (order.status == "refunded" and not any(left_of(order))):
        return None
    code, ends = vault.open(order.product_id, order.voucher.sealed), order.voucher.expires_at
    expires_at = None if ends is None else instant(ends)
    return DeliveryView(voucher=VoucherView(code=code, expires_at=expires_at))
