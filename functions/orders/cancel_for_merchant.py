"""POST /v1/admin/orders/{order_id}/cancel: the merchant takes back what was not yet fulfilled.

As the member's own cancel, in one transaction, and owed: a closed account gets everything back too.
Where the merchant is at fault, points whose lot is gone return in a lot valid for the grace days.
"""

from mall import errors
from mall.http import Caller, IdempotencyKey, PathId, operation
from mall.ids import derived_id, request_hash
from mall.orders.admin_views import AdminOrderView, shown
from mall.orders.changes import cancel
from mall.orders.order import operator
from mall.orders.requests import CancelRequest
from mall.payments import OpenProvider
from mall.store import Commit, OpenStore
from mall.store.cancelling import end_payment
from mall.store.once import once
from mall.store.orders import account_of, find_order, grace
from mall.store.program import OpenProgram


@operation(
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.NotCancellable,
        errors.PaymentUnavailable, errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def cancel_for_merchant(
    order_id: PathId, request: CancelRequest, key: IdempotencyKey, caller: Caller,
    store: OpenStore, provider: OpenProvider, program: OpenProgram,
) -> AdminOrderView:  # fmt: skip
    """Cancel an order, or answer as before to the same key."""

    def attempt(_: errors.Stale | None) -> Commit[AdminOrderView]:
        order = find_order(store, order_id)
        spent, newest = account_of(store, order)
        now = store.now()
        writes, after = cancel(
            order, spent, newest, now,
            actor=operator(caller.id),
            reason=request.reason,
            reissue=grace(program, newest, now, fault=request.merchant_fault),
        )  # fmt: skip
        end_payment(store, provider, order)
        return Commit(writes, shown(after))

    receipt_id = derived_id("cancel_for_merchant", caller.id, key)
    digest = request_hash(f"cancel_for_merchant {order_id}", request)
    return once(store, AdminOrderView, receipt_id, digest, attempt, table="orders")
