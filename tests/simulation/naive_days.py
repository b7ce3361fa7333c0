"""Local days the slow way: looked up minute by minute, counted day by day.

It shares no code with the mall's calendar. An instant is milliseconds since 1970, UTC; a day is a
`datetime.date` in an IANA time zone.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

FOREVER = 1 << 60
ONE_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER_HOUR = 15 * 60_000
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def local_day(zone: str, at: int) -> date:
    """The day that a calendar on a wall of that zone shows at an instant."""
    return _day_of_quarter(zone, at // _QUARTER_HOUR)


@cache
def _day_of_quarter(zone: str, quarter: int) -> date:
    moment = _EPOCH + timedelta(milliseconds=quarter * _QUARTER_HOUR)
    return moment.astimezone(ZoneInfo(zone)).date()


@cache
def first_instant(zone: str, day: date) -> int:
    """The first millisecond of a day: every change of any clock is at a quarter of an hour."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    at = (noon - timedelta(hours=36) - _EPOCH) // timedelta(milliseconds=1)
    while local_day(zone, at) < day:
        at += _QUARTER_HOUR
    return at


def weekday(day: date) -> str:
    """The day of the week, as rules call it."""
    return _WEEKDAYS[day.weekday()]


def label(day: date, period: str) -> str:
    """A name that two days share if they are in the same day, ISO week, month, quarter or year."""
    if period == "day":
        return f"{day:%Y-%m-%d}"
    if period == "week":
        return "{}-{}".format(*day.isocalendar()[:2])
    if period == "month":
        return f"{day:%Y-%m}"
    if period == "quarter":
        return f"{day.year}-{(day.month + 2) // 3}"
    return str(day.year) if period == "year" else period


@cache
def last_of(day: date, period: str) -> date:
    """The last day of the period that a day is in."""
    while label(day + ONE_DAY, period) == label(day, period):
        day += ONE_DAY
    return day


@cache
def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month if it has no such day."""
    year, month, number = day.year, day.month, day.day
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    while True:
        try:
            return date(year, month, number)
        except ValueError:
            number -= 1


def gone_at(expiry: Mapping[str, Any], zone: str, since: int) -> int:
    """The instant at which points are gone that count from an instant, by an expiry policy."""
    day, policy = local_day(zone, since), expiry["policy"]
    if policy == "none":
        return FOREVER
    if policy == "fixed_days":
        last = last_of(day + timedelta(days=expiry["days"]), expiry.get("round_to", "day"))
    elif policy == "calendar_year":
        last = date(day.year + expiry.get("years", 0), 12, 31)
        last += timedelta(days=expiry.get("grace_days", 0))
    else:
        last = last_of(months_after(day, expiry["months"]), expiry.get("round_to", "month"))
    return first_instant(zone, last + ONE_DAY)
