"""Orders whose newest version the world was not told of: found by the hours since all was clean.

Every change moves its order to the hour it happened in, so an hour that was clean stays clean. The
walk begins where the last one ended, and reads each version once however long the relay was down.
An order that cannot be told is noted apart and tried again by each run, so that the walk goes on.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from mall import keys
from mall.clock import HOUR_MS, Millis, utc_hour
from mall.orders.items import from_item
from mall.orders.order import Order
from mall.orders.states import STATUSES
from mall.store.client import Commit, Store
from mall.writes import put

NOTED_MAX = 100  # orders that could not be told; with more the walk stays where it is
LAG_MS = 5 * 60 * 1000
_HOURS_MAX = 72  # of one walk; a longer gap is walked by the next ones
_LOOK_BACK_MS = 3 * 24 * HOUR_MS  # where a stage that never walked begins
_WINDOW = "#gsi2pk = :partition AND #gsi2sk BETWEEN :begin AND :until"
_LAGGING = "#relayed_version < #version"


@dataclass(frozen=True)
class Progress:
    """Until when all was told, but for the orders that could not be: their ids."""

    clean_until: Millis
    untellable: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Stretch:
    """Instants to look at, `[begin, until]`, within one hour of UTC."""

    begin: Millis
    until: Millis


def progress_of(store: Store) -> Progress:
    """How far the walks came."""
    noted = store.get("orders", keys.OUTBOX)
    if noted is None:
        return Progress(store.now() - LAG_MS - _LOOK_BACK_MS)
    return Progress(noted["clean_until"], frozenset(noted.get("untellable", ())))


def stretches(store: Store, begin: Millis) -> Iterator[Stretch]:
    """From where the last walk ended up to 5 minutes ago, hour by hour; 72 hours at most."""
    until = store.now() - LAG_MS
    if begin > until:  # the clock was set back since
        begin = until - HOUR_MS
    until = min(until, begin + _HOURS_MAX * HOUR_MS)
    for at in range(begin - begin % HOUR_MS, until + 1, HOUR_MS):
        yield Stretch(max(at, begin), min(at + HOUR_MS, until))


def untold_in(store: Store, stretch: Stretch) -> Iterator[str]:
    """The ids of the orders that changed then and that the index shows as untold."""
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
                yield place["pk"].partition("#")[2]


def still_untold(store: Store, order_id: str) -> Order | None:
    """An order as it stands now, unless it was told meanwhile."""
    item = store.get("orders", keys.order(order_id))
    order = from_item(item) if item else None
    return order if order and order.lagging else None


def note_told(store: Store, until: Millis, untellable: Collection[str]) -> None:
    """Keep that everything up to an instant was told, but for the orders with these ids."""
    noted = {**keys.OUTBOX, "clean_until": until, "untellable": sorted(untellable)}
    store.commit(lambda _: Commit([put("orders", noted)], None))
