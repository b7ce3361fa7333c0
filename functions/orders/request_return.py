"""POST /v1/orders/{order_id}/returns: the member asks to send back what was delivered.

Nothing moves yet but the order: an operator takes the goods in, and then refunds. The reason is
kept with the member's personal data and leaves with it. What waits in line still for a queued
product is not yet an order of which anything could be returned.
"""

from mall import errors
from mall.http import Caller, IdempotencyKey, PathId, operation
from mall.ids import derived_id, request_hash
from mall.orders.changes import owned
from mall.orders.queueing import is_queued
from mall.orders.requests import ReturnRequest
from mall.orders.returning import ask, asked
from mall.orders.views import OrderDetailView, detail
from mall.secrets import SigningSecretWhenAsked
from mall.store import Commit, OpenStore
from mall.store.ledger import head
from mall.store.once import once
from mall.store.orders import read_order


@operation(
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.Invalid, errors.WrongStatus,
        errors.AccountClosed, errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def request_return(
    order_id: PathId, request: ReturnRequest, key: IdempotencyKey, caller: Caller, store: OpenStore,
    secret: SigningSecretWhenAsked,
) -> OrderDetailView:  # fmt: skip
    """Ask for a return, or answer as before to the same key."""

    def attempt(_: errors.Stale | None) -> Commit[OrderDetailView]:
        order = read_order(store, order_id)
        if order is None and is_queued(order_id, caller.id, secret()):
            raise errors.WrongStatus(order_status="queued")
        order = owned(order, caller.id)
        wanted = asked(order, request)
        writes, after = ask(order, wanted, head(store, caller.id), store.now())
        return Commit(writes, detail(after))

    receipt_id = derived_id("request_return", caller.id, key)
    digest = request_hash(f"request_return {order_id}", request)
    return once(store, OrderDetailView, receipt_id, digest, attempt, table="orders")
