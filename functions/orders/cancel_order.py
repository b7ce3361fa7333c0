"""POST /v1/orders/{order_id}/cancel: take a placed order back before it is fulfilled.

Points return to the very lots they came from, units to their shards, the limit is freed: all in
the transaction that moves the order, so it happens once or not at all. The order keeps the key
that cancelled it: a retry, also after a crash behind the commit, gets the same answer.
"""

from mall import errors, keys
from mall.http import Caller, IdempotencyKey, PathId, operation
from mall.ids import derived_id
from mall.orders import changes
from mall.orders.items import from_item
from mall.orders.views import OrderDetailView, detail
from mall.store import Commit, OpenStore
from mall.store.ledger import entry, head


@operation(
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.NotCancellable,
        errors.AccountClosed, errors.PointsLimit, errors.Busy,
    ),
)  # fmt: skip
def cancel_order(
    order_id: PathId, key: IdempotencyKey, caller: Caller, store: OpenStore
) -> OrderDetailView:
    """Cancel an order, or answer as before to the same key."""
    cancel_key = derived_id("cancel_order", caller.id, key)

    def attempt(_: errors.Stale | None) -> Commit[OrderDetailView]:
        item = store.get("orders", keys.order(order_id))
        order = changes.owned(from_item(item) if item else None, caller.id)
        if order.done.get("cancel") == cancel_key:
            return Commit([], detail(order).as_replay())
        spent = entry(store, caller.id, order.spent_revision) if order.spent_revision else None
        writes, after = changes.cancel(
            order, spent, head(store, caller.id), store.now(), actor="member", done=cancel_key
        )
        return Commit(writes, detail(after))

    return store.commit(attempt)
