"""Orders by the time of their last change, newest first, over one status or all.

The index `by_status` has a partition for each status, hour and one of 4 buckets, so that no
partition ever takes the changes of a whole mall. A list walks the hours from the newest back and
merges what each hour's partitions hold. A page asks at most 416 of them (104 hours of one status, 8
of all) and then ends, short or even empty, with the place to go on from: so its cost is bounded
however wide the window and however few the orders.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain

from mall import keys
from mall.clock import HOUR_MS, Millis, utc_hour
from mall.orders.items import from_item
from mall.orders.order import Order
from mall.orders.states import Status
from mall.store.client import Store

QUERIES_MAX = 416
_HOURS_AT_ONCE_MAX = 8
_READERS = 16
_WINDOW = "#gsi2pk = :partition AND #gsi2sk BETWEEN :begin AND :before"


@dataclass(frozen=True)
class Place:
    """Where a list goes on: in this hour since 1970, with what sorts before `before`.

    It ends with what changed at `begin`.
    """

    hour: int
    before: str
    begin: Millis

    @classmethod
    def at_the_end_of(cls, begin: Millis, until: Millis) -> "Place":
        """The place of the first page of the window `[begin, until]`."""
        return cls(until // HOUR_MS, f"{until:013d}{keys.LAST}", begin)


def newest_changed(
    store: Store, statuses: Sequence[Status], place: Place, limit: int
) -> tuple[list[Order], Place | None]:
    """One page of orders (at most 100) as they stand now, and where the next one begins, if any.

    An order that has left its status since the index saw it there is left out.
    """
    places, last = _walk(store, statuses, place, limit)
    items = store.get_many([("orders", {"pk": pk, "sk": "ORDER"}) for pk in places])
    orders = [from_item(item) for item in items if item]
    return [order for order in orders if order.status in statuses], last


def _walk(
    store: Store, statuses: Sequence[Status], place: Place, limit: int
) -> tuple[list[str], Place | None]:
    """The partition keys of a page's orders, and where the next page begins."""
    found: dict[str, tuple[int, str]] = {}  # by order: the hour and the place where it stands
    asked, hours, hour_now, before = 0, 1, place.hour, place.before
    first_hour = place.begin // HOUR_MS
    with ThreadPoolExecutor(_READERS) as readers:
        while hour_now >= first_hour:
            wave = range(hour_now, max(hour_now - hours, first_hour - 1), -1)
            wanted = [*_partitions(wave, statuses)]
            if asked and asked + len(wanted) > QUERIES_MAX:
                return [*found], Place(hour_now, before, place.begin)
            asked += len(wanted)
            read = partial(_held, store, begin=place.begin, before=before, limit=limit)
            merged = sorted(chain.from_iterable(readers.map(read, wanted)), reverse=True)
            for sort_key, at, pk in merged:
                found.setdefault(pk, (at, sort_key))
            if len(found) > limit:
                page = [*found][:limit]
                return page, Place(*found[page[-1]], place.begin)
            hour_now, before = wave[-1] - 1, keys.LAST
            hours = 1 if merged else min(2 * hours, _HOURS_AT_ONCE_MAX)
    return [*found], None


def _partitions(hours: range, statuses: Sequence[Status]) -> Iterator[tuple[int, str]]:
    for at in hours:
        for status in statuses:
            for bucket in range(keys.STATUS_BUCKETS):
                yield at, keys.by_status(status, utc_hour(at * HOUR_MS), bucket)


def _held(
    store: Store, of: tuple[int, str], begin: Millis, before: str, limit: int
) -> list[tuple[str, int, str]]:
    """The newest of an hour's partition that sort before a place, one more than a page holds: each
    with its sort key, the hour, and the partition key of the order.
    """
    at, partition = of
    page = store.query(
        "orders",
        _WINDOW,
        {"partition": partition, "begin": f"{begin:013d}", "before": before},
        index=keys.BY_STATUS,
        newest_first=True,
        limit=limit + 2,  # the place itself may be among them
    )
    held = [item for item in page.items if item["gsi2sk"] != before]
    return [(item["gsi2sk"], at, item["pk"]) for item in held]
