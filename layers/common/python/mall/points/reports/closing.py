"""Closing program days: what was booked until then, carried from day to day.

A report of any day starts from the sums that the day before was closed with and adds the totals of
the days since, so its cost does not grow with the program's age. A closing that was written on
other totals than those that stand now (an entry was counted late) is passed over until it is
written anew.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from mall import keys
from mall.clock import Millis
from mall.points.calendar import Calendar, Day
from mall.points.reports.sums import Sums, accounts, plus
from mall.writes import Write, update

# How long after its end a day is closed: what was committed at the last moment is counted by then.
CLOSED_AFTER_MS = 10 * 60 * 1000
DAYS_REVISITED = 40  # more than an entry may be counted late


@dataclass(frozen=True)
class Closing:
    """What a day was closed with. `closed` and `checked` are fingerprints of the day's totals.

    `ends_at` is the first instant after the day, in the zone that was the program's then.
    """

    carried: Sums
    ends_at: Millis
    closed: bytes
    checked: bytes = b""
    difference: int = 0


@dataclass(frozen=True)
class DayTotals:
    """What was counted for a day, and what it was closed with."""

    day: Day
    sums: Sums = field(default_factory=dict)
    closing: Closing | None = None

    @property
    def reconciled(self) -> bool | None:
        """Whether these totals are what the chains say; None when that was not looked at yet."""
        if self.closing is None or self.closing.checked != fingerprint(self.sums):
            return None
        return not self.closing.difference

    @property
    def carried(self) -> Sums | None:
        """What was booked until the end of the day; None where it must be added up."""
        closing = self.closing
        return closing.carried if closing and closing.closed == fingerprint(self.sums) else None


def fingerprint(sums: Sums) -> bytes:
    """16 bytes that tell sums apart."""
    named = json.dumps(plus(sums), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(named.encode()).digest()[:16]


def booked(days: Iterable[DayTotals]) -> Sums:
    """What was booked until the end of the first of these days, which come newest first.

    Reads no further back than to a day that was closed.
    """
    total: Sums = {}
    for day in days:
        if day.carried is not None:
            return plus(total, day.carried)
        total = plus(total, accounts(day.sums))
    return total


def carry(before: Sums, days: Iterable[DayTotals]) -> Iterator[tuple[DayTotals, Sums]]:
    """What each of these days, oldest first, is to be closed with."""
    for day in days:
        before = plus(before, accounts(day.sums))
        yield day, before


def last_over(calendar: Calendar, now: Millis) -> date:
    """The newest program day that may be closed."""
    return calendar.date(now - CLOSED_AFTER_MS) - timedelta(days=1)


def close(day: DayTotals, carried: Sums, ends_at: Millis) -> Write | None:
    """The write that closes a day, or None when it is closed so. The end of a day never changes."""
    known = day.closing
    if known and day.carried == carried:
        return None
    return update(
        "points",
        keys.closing(day.day),
        "SET #carried = :carried, #closed = :closed, #ends_at = if_not_exists(#ends_at, :ends_at)",
        carried=dict(carried),
        closed=fingerprint(day.sums),
        ends_at=ends_at,
    )


def check(day: DayTotals, difference: int) -> Write:
    """The write that says what was found when a day's totals were held against the chains."""
    return update(
        "points",
        keys.closing(day.day),
        "SET #checked = :checked, #difference = :difference",
        checked=fingerprint(day.sums),
        difference=difference,
    )


def from_item(item: Mapping[str, Any]) -> Closing | None:
    """The closing that an item holds; None for a day that was checked and not closed."""
    if "closed" not in item:
        return None
    return Closing(
        carried=item["carried"],
        ends_at=item["ends_at"],
        closed=item["closed"],
        checked=item.get("checked", b""),
        difference=item.get("difference", 0),
    )
