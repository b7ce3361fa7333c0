"""POST /v1/orders/{order_id}/cancel: take an order back before it is fulfilled.

Points return to the very lots they came from, units to their shards, the limit is freed, cash is
due back: all in the transaction that moves the order, so it happens once or not at all. What is
not paid yet is cancelled at the provider first; if the money was faster, the order is paid instead.
What still waits in line for a queued product is not yet an order that could be cancelled.
"""

from mall import errors
from mall.http import Caller, IdempotencyKey, PathId, operation
from mall.ids import derived_id, request_hash
from mall.models import Request
from mall.orders.changes import cancel, owned
from mall.orders.order import MEMBER
from mall.orders.queueing import is_queued
from mall.orders.views import OrderDetailView, detail
from mall.payments import OpenProvider
from mall.secrets import SigningSecretWhenAsked
from mall.store import Commit, OpenStore
from mall.store.cancelling import end_payment
from mall.store.once import once
from mall.store.orders import account_of, read_order


@operation(
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.NotCancellable,
        errors.AccountClosed, errors.PointsLimit, errors.PaymentUnavailable,
        errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def cancel_order(
    order_id: PathId, key: IdempotencyKey, caller: Caller, store: OpenStore, provider: OpenProvider,
    secret: SigningSecretWhenAsked,
) -> OrderDetailView:  # fmt: skip
    """Cancel an order, or answer as before to the same key."""

    def attempt(_: errors.Stale | None) -> Commit[OrderDetailView]:
        order = read_order(store, order_id)
        if order is None and is_queued(order_id, caller.id, secret()):
            raise errors.NotCancellable(order_status="queued")
        order = owned(order, caller.id)
        spent, newest = account_of(store, order)
        writes, after = cancel(order, spent, newest, store.now(), actor=MEMBER)
        end_payment(store, provider, order)
        return Commit(writes, detail(after))

    receipt_id = derived_id("cancel_order", caller.id, key)
    digest = request_hash(f"cancel_order {order_id}", Request())
    return once(store, OrderDetailView, receipt_id, digest, attempt, table="orders")
