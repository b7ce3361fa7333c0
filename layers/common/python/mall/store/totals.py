"""Daily totals: entries counted into them, and read back by day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import chain, groupby
from typing import Any

from mall import keys
from mall.clock import Millis
from mall.errors import Stale
from mall.points.calendar import Calendar
from mall.points.ledger.entry import Entry, from_item
from mall.points.reports import closing
from mall.points.reports.closing import DayTotals
from mall.points.reports.counting import (
    ENTRIES_MAX,
    MEMBERS_MAX,
    ChainBroken,
    Counted,
    Label,
    Tally,
    tally,
    together,
    writes,
)
from mall.points.reports.sums import Sums, accounts, plus
from mall.store.client import Commit, Store

MONTHS_BACK = 24  # how far a stage is searched that no day was ever closed on
_RANGE = "#pk = :pk AND #sk BETWEEN :first AND :last"
_UNTIL = "#pk = :pk AND #sk <= :last"
_CLOSING = "closing"


# --- counting ------------------------------------------------------------------------------------


def count(store: Store, members: Iterable[str], label: Label) -> list[ChainBroken]:
    """Count whatever of these members' chains was not counted yet; returns what it could not.

    Each transaction counts up to 40 members. One that a rival counts meanwhile is read again.
    """
    waiting = list(dict.fromkeys(members))
    broken: list[ChainBroken] = []
    while waiting:
        left, found = store.commit(partial(_attempt, store, waiting[:MEMBERS_MAX], label))
        broken += found
        waiting = left + waiting[MEMBERS_MAX:]
    return broken


def _attempt(
    store: Store, members: Sequence[str], label: Label, _: Stale | None
) -> Commit[tuple[list[str], list[ChainBroken]]]:
    """Count what one transaction takes; the answer is who is not done, and whose chain broke."""
    tallies: list[Tally] = []
    broken: list[ChainBroken] = []
    newest: dict[str, int] = {}
    for known in how_far(store, members):
        found = _beyond(store, known)
        try:
            tallied = tally(known, found, label)
        except ChainBroken as error:
            broken.append(error)
            continue
        if tallied:
            tallies.append(tallied)
            newest[known.member] = found[-1].revision + (len(found) > ENTRIES_MAX)
    taken = together(tallies)
    done = {t.before.member for t in taken if t.after.revision == newest[t.before.member]}
    left = [member for member in newest if member not in done]
    return Commit(writes(taken) if taken else [], (left, broken))


def how_far(store: Store, members: Sequence[str]) -> list[Counted]:
    """How far the totals know these members' chains (at most 100)."""
    items = store.get_many([("points", keys.counted(member)) for member in members])
    return [
        Counted(member, item["revision"], item["hash"], item["day"]) if item else Counted(member)
        for member, item in zip(members, items, strict=True)
    ]


def _beyond(store: Store, known: Counted) -> list[Entry]:
    """The entry counted last, and those after it, up to a limit."""
    page = store.query(
        "points", _RANGE, _range(known.member, max(1, known.revision), 10**12 - 1),
        limit=ENTRIES_MAX + 1, consistent=True,
    )  # fmt: skip
    return [from_item(item) for item in page.items]


def stretch(store: Store, member: str, first: int, last: int) -> list[Entry]:
    """The entries that stand between two revisions, both included."""
    items = store.query_all("points", _RANGE, _range(member, first, last), consistent=True)
    return [from_item(item) for item in items]


def _range(member: str, first: int, last: int) -> dict[str, str]:
    return {
        "pk": keys.member(member),
        "first": keys.entry(member, first)["sk"],
        "last": keys.entry(member, last)["sk"],
    }


# --- what was counted ----------------------------------------------------------------------------


def backwards(store: Store, last: date, first: date | None = None) -> Iterator[DayTotals]:
    """The days that have totals or a closing, newest first; read month by month as they are asked.

    Without a `first` day it ends two years back.
    """
    first = first or last - timedelta(days=31 * MONTHS_BACK)
    while last >= first:
        for day in _of_month(store, last.strftime("%Y%m%d")):
            if day.day < first.strftime("%Y%m%d"):
                return
            yield day
        last = last.replace(day=1) - timedelta(days=1)


def _of_month(store: Store, last: str) -> Iterator[DayTotals]:
    """The days of a month up to one of them, newest first."""
    values = {"pk": keys.totals_partition(last[:6]), "last": f"{last}#~"}
    items = store.query_all("points", _UNTIL, values, newest_first=True, consistent=True)
    for day, of_day in groupby(items, key=lambda item: str(item["sk"]).partition("#")[0]):
        yield _totals(day, list(of_day))


def _totals(day: str, items: Sequence[Mapping[str, Any]]) -> DayTotals:
    shards = [item for item in items if not item["sk"].endswith(_CLOSING)]
    closed = [item for item in items if item["sk"].endswith(_CLOSING)]
    counted = [{n: v for n, v in item.items() if n not in ("pk", "sk")} for item in shards]
    return DayTotals(day, plus(*counted), closing.from_item(closed[0]) if closed else None)


def of_days(store: Store, first: date, last: date) -> dict[str, DayTotals]:
    """The days that have totals or a closing, both ends included, oldest first."""
    return {each.day: each for each in reversed(list(backwards(store, last, first)))}


def of_day(store: Store, day: date) -> DayTotals:
    """One day, whether or not anything was counted for it."""
    name = day.strftime("%Y%m%d")
    values = {"pk": keys.totals_partition(name[:6]), "first": f"{name}#", "last": f"{name}#~"}
    items = list(store.query_all("points", _RANGE, values, consistent=True))
    return _totals(name, items)


def at_the_end_of(store: Store, day: date, calendar: Calendar) -> tuple[DayTotals, Sums, Millis]:
    """A day's totals, what was booked until its end, and the first instant after it."""
    name = day.strftime("%Y%m%d")
    days = iter(backwards(store, day))
    newest = next(days, None)
    own = newest if newest and newest.day == name else DayTotals(name)
    before = chain([newest] if newest and newest is not own else [], days)
    booked = plus(closing.booked(before), accounts(own.sums))
    next_day = calendar.start(day + timedelta(days=1))
    return own, booked, own.closing.ends_at if own.closing else next_day
