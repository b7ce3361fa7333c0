"""POST /v1/admin/orders/{order_id}/refund: give back points, cash or both; all that is left if
neither is named.

A cancelled order is given back what the provider refused to hand over before, and stays cancelled.
One transaction books the points, owes the cash and walks the order to `refunded`; the provider is
asked afterwards, by a queue, with the refund's own id. Parts sum exactly, and two at once never
exceed what is left.
"""

from mall import errors
from mall.http import Caller, IdempotencyKey, PathId, operation
from mall.ids import derived_id, request_hash
from mall.orders import refunding
from mall.orders.admin_views import AdminOrderView, shown
from mall.orders.order import operator
from mall.orders.requests import RefundRequest
from mall.store import Commit, OpenStore
from mall.store.once import once
from mall.store.orders import account_of, find_order, grace
from mall.store.program import OpenProgram


@operation(
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.NotRefundable,
        errors.RefundExceeds, errors.NotInParts, errors.TooManyRefunds, errors.VoucherUsed,
        errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def refund_order(
    order_id: PathId, request: RefundRequest, key: IdempotencyKey, caller: Caller,
    store: OpenStore, program: OpenProgram,
) -> AdminOrderView:  # fmt: skip
    """Refund an order, or answer as before to the same key."""
    refund_id = derived_id("refund_order", caller.id, key)

    def attempt(_: errors.Stale | None) -> Commit[AdminOrderView]:
        order = find_order(store, order_id)
        spent, newest = account_of(store, order)
        now = store.now()
        reissue = grace(program, newest, now, fault=request.merchant_fault)
        back = refunding.asked(order, request, refund_id, reissue)
        writes, after = refunding.refund(order, spent, newest, now, back, actor=operator(caller.id))
        return Commit(writes, shown(after))

    digest = request_hash(f"refund_order {order_id}", request)
    return once(store, AdminOrderView, refund_id, digest, attempt, table="orders")
