"""Orders settled by what their payments and their refunds became."""

from collections.abc import Callable

from mall.errors import Stale
from mall.metrics import measure
from mall.orders.order import Order
from mall.orders.provider import Intent, Provider
from mall.orders.settling import Settlement, handed_over, refused, settle
from mall.store.client import Commit, Store
from mall.store.orders import read_order

MISMATCH = "PaymentMismatch"  # somebody has to look at both: the order stays unpaid


def settle_order(store: Store, intent: Intent) -> Settlement | None:
    """Settle the order that an intent was opened for; None where there is none. Raises Busy."""
    settled = change_order(store, intent.order_id, lambda order: settle(order, intent, store.now()))
    if settled and settled.outcome == "mismatch":
        measure(MISMATCH)
    return settled


def note_refund(store: Store, order_id: str, refund_id: str, *, given: bool) -> Settlement | None:
    """Note what the provider said of a refund. Raises Busy."""
    return change_order(
        store, order_id, lambda order: handed_over(order, refund_id, given=given, now=store.now())
    )


def note_refusal(store: Store, order_id: str, refund_id: str, attempt: int) -> None:
    """Note that the provider refused a refund for now. Raises Busy."""
    change_order(store, order_id, lambda order: refused(order, refund_id, attempt))


def settle_refunds(store: Store, provider: Provider, order: Order) -> None:
    """Note what became of an order's refunds. Raises PaymentUnavailable and Busy."""
    open_ends = [refund for refund in order.refunds if refund.money in ("due", "paid")]
    if not open_ends or order.payment is None:
        return
    told = provider.refunds(order.payment.intent_id)
    for refund in open_ends:
        status = told.get(refund.refund_id, "pending")
        if status in ("pending", refund.money):
            continue
        if status == "failed":
            measure("RefundFailed")
        note_refund(store, order.order_id, refund.refund_id, given=status == "paid")


def change_order(
    store: Store, order_id: str, decide: Callable[[Order], Settlement]
) -> Settlement | None:
    """Commit what is decided on an order as it stands; None where there is none. Raises Busy."""

    def attempt(_: Stale | None) -> Commit[Settlement | None]:
        order = read_order(store, order_id)
        if order is None:
            return Commit([], None)
        decided = decide(order)
        return Commit(decided.writes, decided)

    return store.commit(attempt)
