"""Every payment of the last days held against its order, and mended where that is safe.

The provider lists a hundred payments at a time, and one read takes the orders of as many. What
differs is looked at once more by itself, because the list is older than the orders: whoever pays
in between differs in nothing.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from aws_lambda_powertools import Logger

from mall import keys
from mall.clock import DAY_MS, HOUR_MS, Millis, instant, utc_day
from mall.errors import PaymentUnavailable
from mall.events import Work
from mall.orders.messages import RefundPayment
from mall.orders.order import Order
from mall.orders.provider import Intent, Provider
from mall.orders.reconciling import LISTED_MAX, DifferenceView, Report, compare, to_item
from mall.store.client import Commit, Store
from mall.store.orders import read_order, read_orders
from mall.store.settling import settle_order
from mall.writes import put

DAYS = 3
STRAY_AGE_MS: Millis = HOUR_MS  # by then whoever opened an intent has placed the order, or died
_TOGETHER = 100  # payments whose orders are one read

logger = Logger()


class Comparison:
    """One run: compares, mends, and remembers what differed."""

    def __init__(self, store: Store, provider: Provider, refunds: Work) -> None:
        self._store = store
        self._provider = provider
        self._refunds = refunds
        self._payments = 0
        self._found: list[DifferenceView] = []
        self.mended = 0
        self.strays_ended = 0  # unpaid ones that a function left that died, and nobody's concern

    def run(self, real_now: Millis) -> Report:
        """Compare the payments of the last three days, by the provider's clock, and keep a report.

        Raises PaymentUnavailable when the provider's list breaks off.
        """
        begin = real_now - DAYS * DAY_MS
        for intents in _batches(self._provider.since(begin)):
            orders = read_orders(self._store, [intent.order_id for intent in intents])
            self._payments += len(intents)
            for intent in intents:
                self._hold(intent, orders.get(intent.order_id), real_now)
        return self._report(begin)

    def _hold(self, intent: Intent, order: Order | None, real_now: Millis) -> None:
        if order:
            self._remind(order)
        if _difference(order, intent, real_now) is None:
            return
        order = read_order(self._store, intent.order_id)
        intent = self._fresh(intent)
        if difference := _difference(order, intent, real_now):
            logger.warning("payment differs", extra={"difference": difference.__dict__})
            self._found.append(difference)
            try:
                self._mend(difference, intent)
            except PaymentUnavailable:
                logger.warning("not mended", intent_id=intent.intent_id)

    def _fresh(self, intent: Intent) -> Intent:
        try:
            return self._provider.find(intent.intent_id) or intent
        except PaymentUnavailable:
            return intent

    def _mend(self, difference: DifferenceView, intent: Intent) -> None:
        """Settle, cancel or give back; a difference that is somebody's to look at stays."""
        if difference.kind == "webhook_lost":
            settle_order(self._store, intent)
        elif difference.kind == "stray_intent":
            if self._provider.cancel(intent.intent_id).status != "cancelled":
                return
            self.strays_ended += 1
        elif difference.kind == "stray_money":
            refund_id = f"{intent.intent_id}.stray"
            told = self._provider.refund(intent.intent_id, refund_id, difference.found)
            if told in ("failed", "refused"):
                return
        else:
            return
        self.mended += 1

    def _remind(self, order: Order) -> None:
        """Ask again for every refund that is due: twice is harmless, never is not."""
        self._refunds.send(
            RefundPayment(order_id=order.order_id, refund_id=refund.refund_id)
            for refund in order.refunds
            if refund.money == "due"
        )

    def _report(self, begin: Millis) -> Report:
        now = self._store.now()
        day, listed = utc_day(now), self._found[:LISTED_MAX]
        report = Report(day, instant(now), instant(begin), self._payments, len(self._found), listed)
        item = {"pk": keys.PAYMENTS, "sk": day, **to_item(report)}
        self._store.commit(lambda _: Commit([put("orders", item)], None))
        return report


def _difference(order: Order | None, intent: Intent, real_now: Millis) -> DifferenceView | None:
    """How they differ, unless whoever is at it now may still bring them together."""
    difference = compare(order, intent)
    young = real_now - intent.opened_at < STRAY_AGE_MS
    passing = difference is not None and difference.kind in ("stray_intent", "webhook_lost")
    return None if young and passing else difference


def _batches(intents: Iterable[Intent]) -> Iterator[list[Intent]]:
    rest = iter(intents)
    while batch := list(islice(rest, _TOGETHER)):
        yield batch


def last_report(store: Store, day: str | None) -> dict[str, object] | None:
    """The report of a UTC day (yyyymmdd), or the newest one; None where there is none."""
    if day:
        return store.get("orders", {"pk": keys.PAYMENTS, "sk": day})
    found: Iterable[dict[str, object]] = store.query(
        "orders", "#pk = :pk", {"pk": keys.PAYMENTS}, newest_first=True, limit=1, consistent=True
    ).items
    return next(iter(found), None)
