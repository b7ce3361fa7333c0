"""Orders that wait for their payment: found by the hours that hold some, and given up in time.

A progress item keeps which hours those are, so a look costs what is open: the hours that are new
since the last look, the youngest, and those that still held an order then. An order stands under
the hour it was placed in for as long as it is unpaid.
"""

from collections.abc import Iterator
from typing import Any

from mall import keys
from mall.clock import HOUR_MS, Millis, utc_hour
from mall.orders.changes import cancel
from mall.orders.items import from_item
from mall.orders.order import SYSTEM, Order
from mall.orders.provider import Provider
from mall.orders.settling import Settlement
from mall.store.client import Commit, Store
from mall.store.orders import account_of
from mall.store.settling import change_order, settle_order
from mall.writes import put

_SETTLING_MS = 2 * HOUR_MS  # an hour this young may still get orders: writes and indexes are late
_LOOK_BACK_MS = 3 * 24 * HOUR_MS  # where a stage that never looked begins
_HOURS_MAX = 200  # new ones in one look; a longer gap is looked at by the next ones
_PENDING = "pending_payment"


def unpaid_orders(store: Store) -> list[Order]:
    """Every order that waits for its payment, and a note of where they were."""
    now = store.now()
    noted = store.get("orders", keys.UNPAID)
    begin = _hour(min(noted["looked_until"] if noted else now - _LOOK_BACK_MS, now))
    until = min(_hour(now), begin + _HOURS_MAX * HOUR_MS)
    held = {int(at) for at in noted["held"]} if noted else set()
    settling = _hour(now - _SETTLING_MS)
    hours = {*held, *_hours(begin, until), *_hours(settling, _hour(now))}
    found = {at: list(_of_hour(store, at)) for at in sorted(hours)}
    note = {
        **keys.UNPAID,
        "looked_until": until,
        "held": [at for at, orders in found.items() if orders or at >= settling],
    }
    if noted is None or {name: noted.get(name) for name in note} != note:
        store.commit(lambda _: Commit([put("orders", note)], None))
    return [order for orders in found.values() for order in orders]


def _hour(at: Millis) -> Millis:
    return at - at % HOUR_MS


def _hours(begin: Millis, until: Millis) -> range:
    return range(begin, until + 1, HOUR_MS)


def _of_hour(store: Store, at: Millis) -> Iterator[Order]:
    """The orders of an hour that wait still: the index tells where they are, and no more."""
    for bucket in range(keys.STATUS_BUCKETS):
        values: dict[str, Any] = {"partition": keys.by_status(_PENDING, utc_hour(at), bucket)}
        found = store.query_all("orders", "#gsi2pk = :partition", values, index=keys.BY_STATUS)
        places: list[tuple[keys.Table, keys.Key]] = [
            ("orders", {"pk": item["pk"], "sk": item["sk"]}) for item in found
        ]
        orders = store.get_many(places)
        yield from (from_item(item) for item in orders if item and item["status"] == _PENDING)


def give_up(store: Store, provider: Provider, order: Order) -> str:
    """Cancel an order whose time to pay is over, unless its money has arrived.

    Says what it came to: `cancelled`, `paid`, `mismatch`, `processing` while a bank decides, or
    `nothing` when somebody was faster.
    Raises PaymentUnavailable when the provider does not say; then the order can still be paid.
    """
    if order.payment is None:
        return "nothing"
    intent = provider.cancel(order.payment.intent_id)
    if intent.status == "succeeded":
        settled = settle_order(store, intent)
        if settled is None or settled.outcome != "given_back":
            return settled.outcome if settled else "nothing"
    if intent.status == "processing":
        return "processing"
    ended = change_order(store, order.order_id, lambda found: _timed_out(store, found))
    return "cancelled" if ended and ended.writes else "nothing"


def _timed_out(store: Store, order: Order) -> Settlement:
    if order.status != "pending_payment":
        return Settlement([], order)
    spent, newest = account_of(store, order)
    writes, after = cancel(order, spent, newest, store.now(), actor=SYSTEM, reason="timeout")
    return Settlement(writes, after)
