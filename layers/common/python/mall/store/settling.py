"""Orders settled by what their payments became, and given up when nobody paid in time."""

from collections.abc import Callable

from mall import keys
from mall.errors import Stale
from mall.metrics import measure
from mall.orders.changes import cancel
from mall.orders.items import from_item
from mall.orders.order import Order
from mall.orders.provider import Intent, Provider
from mall.orders.settling import Settlement, handed_over, settle
from mall.store.client import Commit, Store
from mall.store.orders import account_of

MISMATCH = "PaymentMismatch"  # somebody has to look at both: the order stays unpaid


def settle_order(store: Store, intent: Intent) -> Settlement | None:
    """Settle the order that an intent was opened for; None where there is none. Raises Busy."""
    settled = _commit(store, intent.order_id, lambda order: settle(order, intent, store.now()))
    if settled and settled.outcome == "mismatch":
        measure(MISMATCH)
    return settled


def note_refund(store: Store, order_id: str, refund_id: str, *, given: bool) -> Settlement | None:
    """Note what the provider said of a refund. Raises Busy."""
    return _commit(
        store, order_id, lambda order: handed_over(order, refund_id, given=given, now=store.now())
    )


def give_up(store: Store, provider: Provider, order: Order) -> str:
    """Cancel an order whose time to pay is over, unless its money has arrived.

    Says what it came to: `cancelled`, `paid`, `mismatch`, or `nothing` when somebody was faster.
    Raises PaymentUnavailable when the provider does not say; then the order can still be paid.
    """
    if order.payment is None:
        return "nothing"
    intent = provider.cancel(order.payment.intent_id)
    if intent.status == "succeeded":
        settled = settle_order(store, intent)
        if settled is None or settled.outcome != "given_back":
            return settled.outcome if settled else "nothing"
    ended = _commit(store, order.order_id, lambda found: _timed_out(store, found))
    return "cancelled" if ended and ended.writes else "nothing"


def _timed_out(store: Store, order: Order) -> Settlement:
    if order.status != "pending_payment":
        return Settlement([], order)
    spent, newest = account_of(store, order)
    writes, after = cancel(order, spent, newest, store.now(), actor="system", reason="timeout")
    return Settlement(writes, after)


def _commit(
    store: Store, order_id: str, decide: Callable[[Order], Settlement]
) -> Settlement | None:
    def attempt(_: Stale | None) -> Commit[Settlement | None]:
        item = store.get("orders", keys.order(order_id))
        if item is None:
            return Commit([], None)
        decided = decide(from_item(item))
        return Commit(decided.writes, decided)

    return store.commit(attempt)
