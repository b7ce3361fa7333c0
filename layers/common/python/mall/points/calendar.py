"""The program's calendar: its days, months and years as instants.

Days are those of the program's IANA time zone, so 23- and 25-hour days come out right.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from mall.clock import Millis, millis

Day = str  # "yyyymmdd" in the program's zone
LocalDate = date  # a method has its name
Period = Literal["day", "week", "month", "quarter", "year"]
_MONTHS_OF: dict[Period, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Calendar:
    """Turns instants into program days and back. `zone` is an IANA name."""

    zone: str = "UTC"

    def date(self, at: Millis) -> date:
        """The program day that an instant falls on."""
        return datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(self.zone)).date()

    def day(self, at: Millis) -> Day:
        """The program day that an instant falls on, as text."""
        return self.date(at).strftime("%Y%m%d")

    def begins(self, day: Day) -> Millis:
        """The first instant of a program day."""
        return self.start(datetime.strptime(day, "%Y%m%d").date())  # noqa: DTZ007 - a date

    def start(self, day: LocalDate) -> Millis:
        """The first instant of a program day."""
        return millis(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone)))


def after_period(day: date, period: Period) -> date:
    """The first day after the day, ISO week, month, quarter or year that a day is in."""
    if period == "day":
        return day + timedelta(days=1)
    if period == "week":
        return day + timedelta(days=7 - day.weekday())
    months = _MONTHS_OF[period]
    index = day.year * 12 + day.month - 1
    index += months - index % months
    return date(index // 12, index % 12 + 1, 1)


def period_of(day: Day, period: Literal["ever", "day", "week", "month"]) -> str:
    """The period that a day is in, by name: `20260131`, `2026W05` (ISO), `202601` or `ever`."""
    if period == "ever":
        return "ever"
    if period == "week":
        year, week, _ = date.fromisoformat(day).isocalendar()
        return f"{year:04d}W{week:02d}"
    return day if period == "day" else day[:6]


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last day: 31 January + 1 is 28 or 29 February."""
    index = day.year * 12 + day.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    return min(
        first + timedelta(days=day.day - 1), after_period(first, "month") - timedelta(days=1)
    )
