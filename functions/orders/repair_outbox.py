"""Every 5 minutes: tell again what the stream lost.

Walks the orders by status and hour from the first instant that may still hold an untold version up
to 5 minutes ago. What is clean stays clean, because every change moves its order to the current
instant; so the walk reads each version once, however long the relay was down.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from aws_lambda_powertools import Logger
from mall import keys
from mall.clock import HOUR_MS, Millis, utc_hour
from mall.orders.items import from_item
from mall.orders.states import STATUSES
from mall.outbox import Outbox, open_outbox
from mall.schedule import job
from mall.store import Commit, Store, open_store
from mall.writes import put

_LAG_MS = 5 * 60 * 1000
_HOURS_MAX = 72  # of one run; a longer gap is walked by the next ones
_LOOK_BACK_MS = 3 * 24 * HOUR_MS  # where a stage that never ran this job begins
_WINDOW = "#gsi2pk = :partition AND #gsi2sk BETWEEN :begin AND :until"
_LAGGING = "#relayed_version < #version"

logger = Logger()


@job
def repair_outbox() -> Mapping[str, int]:
    """Tell every order whose newest version has been untold for 5 minutes.

    Raises when one could not be told, having told all others; the walk begins there next time.
    """
    store, outbox = open_store(), open_outbox()
    until = store.now() - _LAG_MS
    progress = store.get("orders", keys.OUTBOX)
    begin = progress["clean_until"] if progress else until - _LOOK_BACK_MS
    if begin > until:  # the clock was set back since
        begin = until - HOUR_MS
    until = min(until, begin + _HOURS_MAX * HOUR_MS)
    told, failed = 0, 0
    for at in range(begin - begin % HOUR_MS, until + 1, HOUR_MS):
        for found in _lagging(store, at, begin, until):
            try:
                told += _tell(store, outbox, found)
            except Exception:
                logger.exception("not told", order=found["pk"])
                failed += 1
        if not failed:
            _note(store, min(at + HOUR_MS, until))
    if failed:
        raise RuntimeError(f"{failed} orders could not be told")
    return {"told": told}


def _tell(store: Store, outbox: Outbox, found: Mapping[str, Any]) -> int:
    item = store.get("orders", {"pk": found["pk"], "sk": found["sk"]})
    if item and (order := from_item(item)).lagging:
        outbox.tell(store, order)
        return 1
    return 0


def _note(store: Store, clean_until: Millis) -> None:
    noted = put("orders", {**keys.OUTBOX, "clean_until": clean_until})
    store.commit(lambda _: Commit([noted], None))


def _lagging(store: Store, at: Millis, begin: Millis, until: Millis) -> Iterator[Mapping[str, Any]]:
    for status in STATUSES:
        for bucket in range(keys.STATUS_BUCKETS):
            yield from store.query_all(
                "orders",
                _WINDOW,
                {
                    "partition": keys.by_status(status, utc_hour(at), bucket),
                    "begin": f"{begin:013d}",
                    "until": f"{until:013d}",
                },
                index=keys.BY_STATUS,
                only=_LAGGING,
            )
