"""Closing days and reconciling them: reads by marker, in parallel, resumable page by page.

Two runs at once do the same work and write the same results: nothing here depends on being alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from time import monotonic

from aws_lambda_powertools import Logger

from mall import keys
from mall.clock import Millis
from mall.errors import Stale
from mall.keys import MOVED_BUCKETS
from mall.metrics import measure
from mall.points.calendar import Calendar
from mall.points.reports import closing
from mall.points.reports.closing import DAYS_REVISITED, DayTotals
from mall.points.reports.counting import Counted, Moved
from mall.points.reports.reconciling import (
    Examined,
    Progress,
    cut_off,
    difference,
    examine,
    progress_of,
)
from mall.store.client import Commit, Store
from mall.store.ledger import entry
from mall.store.totals import backwards, how_far, of_day, of_days, stretch
from mall.writes import Write, delete, put

_PAGE = 100  # markers read at once; the progress is noted after each
_READERS = 16
_DAY = timedelta(days=1)

logger = Logger()


# --- closing -------------------------------------------------------------------------------------


def close_days(store: Store, calendar: Calendar, now: Millis) -> list[DayTotals]:
    """Close every day that is over, and again those counted into since; returns them, oldest first.

    A clock that was set back makes yesterday the last day to look at.
    """
    last = closing.last_over(calendar, now)
    progress = store.get("points", keys.CLOSING)
    known = min(_date(progress["day"]), last) if progress else _first_day(store, last)
    first = known - DAYS_REVISITED * _DAY
    before = of_day(store, first - _DAY).carried or {}
    days = _each_day(of_days(store, first, last), first, last)
    for day, carried in closing.carry(before, days):
        ends_at = calendar.start(_date(day.day) + _DAY)
        if written := closing.close(day, carried, ends_at):
            _write(store, written)
    _write(store, put("points", {**keys.CLOSING, "day": last.strftime("%Y%m%d")}))
    return list(of_days(store, first, last).values())


def _first_day(store: Store, last: date) -> date:
    """The oldest day that anything was counted for, on a stage that never closed one."""
    oldest = last.strftime("%Y%m%d")
    for day in backwards(store, last):
        oldest = day.day
    return _date(oldest)


def _each_day(found: dict[str, DayTotals], first: date, last: date) -> Iterator[DayTotals]:
    """Every day from the first that anything was counted for, whether or not it has totals."""
    begun = False
    for number in range((last - first).days + 1):
        name = (first + number * _DAY).strftime("%Y%m%d")
        begun = begun or name in found
        if begun:
            yield found.get(name, DayTotals(name))


def _date(day: str) -> date:
    return date.fromisoformat(day)


# --- reconciling ---------------------------------------------------------------------------------


def reconcile_days(store: Store, days: Iterable[DayTotals], seconds: float) -> Mapping[str, int]:
    """Reconcile the days that are not, for so many seconds of this process's uptime.

    The counts say how many days were looked at, by how many points they differ, how many are left.
    """
    until = monotonic() + seconds
    counts = {"days": 0, "points": 0, "unfinished": 0}
    for day in days:
        if day.reconciled:
            continue
        found = _reconcile(store, day.day, until)
        counts["days"] += 1
        counts["points"] += found or 0
        counts["unfinished"] += found is None
    return counts


def _reconcile(store: Store, day: str, until: float) -> int | None:
    """By how many points a day's totals and chains differ; None when there was no time to finish.

    What was read is noted page by page, so that the next run goes on from there.

    Names every broken chain in the log, by member and revision.
    """
    totals = of_day(store, _date(day))
    seen = closing.fingerprint(totals.sums)
    progress = progress_of(store.get("points", keys.reconciling(day)), seen)
    while progress.bucket < MOVED_BUCKETS:
        if monotonic() >= until:
            return None
        progress = _next_page(store, day, progress)
    if closing.fingerprint(of_day(store, _date(day)).sums) != seen:
        return None  # counted into meanwhile; the next run begins anew
    found = difference(progress.sums, totals.sums) + progress.bad
    if found:
        measure("LedgerDifference", found)
        logger.error("totals and chains differ", day=day, points=found, chains=progress.bad)
    _write(store, closing.check(totals, found))
    if progress.sums or progress.bad:
        _write(store, delete("points", keys.reconciling(day)))
    return found


def _next_page(store: Store, day: str, progress: Progress) -> Progress:
    partition = keys.moved_partition(day, progress.bucket)
    after = {"pk": partition, "sk": progress.after} if progress.after else None
    page = store.query(
        "points", "#pk = :pk", {"pk": partition}, limit=_PAGE, after=after, consistent=True
    )
    moved = [
        Moved(item["sk"], day, item["first"], item["last"], item["hash"]) for item in page.items
    ]
    examined = _examine(store, moved)
    for each in examined:
        if each.bad_revision is not None:
            logger.error("broken chain", day=day, member=each.member, revision=each.bad_revision)
    beyond = progress.beyond(examined, page.last["sk"] if page.last else "")
    if examined:
        _write(store, put("points", {**keys.reconciling(day), **vars(beyond)}))
    return beyond


def _examine(store: Store, moved: Sequence[Moved]) -> list[Examined]:
    known = how_far(store, [each.member for each in moved])
    with ThreadPoolExecutor(_READERS) as readers:
        return list(readers.map(lambda pair: _reread(store, *pair), zip(moved, known, strict=True)))


def _reread(store: Store, moved: Moved, counted: Counted) -> Examined:
    found = stretch(store, moved.member, max(1, moved.first - 1), moved.last)
    examined = examine(moved, found)
    if examined.bad_revision is not None:
        return examined
    newest = found[-1]
    if counted.revision > moved.last:
        newest_found = entry(store, moved.member, counted.revision)
        return Examined(moved.member, examined.sums, cut_off(counted, moved, newest_found))
    return Examined(moved.member, examined.sums, cut_off(counted, moved, newest))


def _write(store: Store, write: Write) -> None:
    def attempt(_: Stale | None) -> Commit[None]:
        return Commit([write], None)

    store.commit(attempt)
