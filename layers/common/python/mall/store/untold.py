"""Orders whose newest version the world was not told of: found by the hours since all was clean.

Every change moves its order to the hour it happened in, so an hour that was clean stays clean. The
walk begins where the last one ended, and reads each version once however long the relay was down.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mall import keys
from mall.clock import HOUR_MS, Millis, utc_hour
from mall.keys import Key
from mall.orders.items import from_item
from mall.orders.order import Order
from mall.orders.states import STATUSES
from mall.store.client import Commit, Store
from mall.writes import put

LAG_MS = 5 * 60 * 1000
_HOURS_MAX = 72  # of one walk; a longer gap is walked by the next ones
_LOOK_BACK_MS = 3 * 24 * HOUR_MS  # where a stage that never walked begins
_WINDOW = "#gsi2pk = :partition AND #gsi2sk BETWEEN :begin AND :until"
_LAGGING = "#relayed_version < #version"


@dataclass(frozen=True)
class Stretch:
    """Instants to look at, `[begin, until]`, within one hour of UTC."""

    begin: Millis
    until: Millis


def stretches(store: Store) -> Iterator[Stretch]:
    """From where all is known to be told up to 5 minutes ago, hour by hour; 72 hours at most."""
    until = store.now() - LAG_MS
    progress = store.get("orders", keys.OUTBOX)
    begin = progress["clean_until"] if progress else until - _LOOK_BACK_MS
    if begin > until:  # the clock was set back since
        begin = until - HOUR_MS
    until = min(until, begin + _HOURS_MAX * HOUR_MS)
    for at in range(begin - begin % HOUR_MS, until + 1, HOUR_MS):
        yield Stretch(max(at, begin), min(at + HOUR_MS, until))


def untold_in(store: Store, stretch: Stretch) -> Iterator[Key]:
    """The keys of the orders that changed then and that the index shows as untold."""
    for status in STATUSES:
        for bucket in range(keys.STATUS_BUCKETS):
            found = store.query_all(
                "orders",
                _WINDOW,
                {
                    "partition": keys.by_status(status, utc_hour(stretch.begin), bucket),
                    "begin": f"{stretch.begin:013d}",
                    "until": f"{stretch.until:013d}",
                },
                index=keys.BY_STATUS,
                only=_LAGGING,
            )
            for place in found:
                yield {"pk": place["pk"], "sk": place["sk"]}


def still_untold(store: Store, key: Key) -> Order | None:
    """An order as it stands now, unless it was told meanwhile."""
    item = store.get("orders", key)
    order = from_item(item) if item else None
    return order if order and order.lagging else None


def note_told(store: Store, stretch: Stretch) -> None:
    """Keep that everything up to the end of this stretch was told."""
    noted = put("orders", {**keys.OUTBOX, "clean_until": stretch.until})
    store.commit(lambda _: Commit([noted], None))
