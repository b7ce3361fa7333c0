"""What the reports take and show."""

import re
from datetime import date, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from mall.clock import instant
from mall.errors import Invalid
from mall.models import View
from mall.points.calendar import Calendar
from mall.points.reports.closing import DayTotals
from mall.points.reports.liability import Liability
from mall.points.reports.sums import Sums, by_kind, entries

DAYS_MAX = 366
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_BEGINNING = date(2000, 1, 1)


def _text_only(value: object) -> object:
    """A number is no day, whatever it may count."""
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("must be a day, such as 2026-11-22")


ProgramDate = Annotated[
    date, BeforeValidator(_text_only), Field(ge=_BEGINNING, le=date(9998, 12, 31))
]


class KindTotalView(View):
    """Entries of one kind, and their signed points."""

    entries: int
    points: int


class ExpiryMonthView(View):
    """Available points that expire in a month of the program's zone, `2027-01`, or `never`."""

    month: str
    points: int


class LiabilityView(View):
    """What the program owed its members at the end of a day, or owes now.

    `reconciled` tells whether the day's totals are what the chains say: null while it is not known.
    """

    date: str
    available: int
    pending: int
    debt: int
    by_expiry_month: list[ExpiryMonthView]
    by_kind_today: dict[str, KindTotalView]
    reconciled: bool | None
    as_of: str


class DailyTotalView(View):
    """What happened on one program day."""

    date: str
    entries: int
    kinds: dict[str, KindTotalView]
    reconciled: bool | None


class DailyTotalsView(View):
    """One line for each day on which anything happened, oldest first, and all of them together."""

    items: list[DailyTotalView]
    kinds: dict[str, KindTotalView]


def liability_view(
    day: date, totals: DayTotals, held: Liability, calendar: Calendar, as_of: int
) -> LiabilityView:
    """The report of one day."""
    return LiabilityView(
        date=day.isoformat(),
        available=held.available,
        pending=held.pending,
        debt=held.debt,
        by_expiry_month=[
            ExpiryMonthView(month=month, points=points)
            for month, points in held.by_expiry_month(calendar).items()
        ],
        by_kind_today=kinds_view(totals.sums),
        reconciled=totals.reconciled,
        as_of=instant(as_of),
    )


def daily_view(totals: DayTotals) -> DailyTotalView:
    """The line of one day."""
    day = date.fromisoformat(totals.day)
    return DailyTotalView(
        date=day.isoformat(),
        entries=entries(totals.sums),
        kinds=kinds_view(totals.sums),
        reconciled=totals.reconciled,
    )


def kinds_view(sums: Sums) -> dict[str, KindTotalView]:
    """Totals by kind."""
    return {
        kind: KindTotalView(entries=each.entries, points=each.points)
        for kind, each in by_kind(sums).items()
    }


# --- what is asked -------------------------------------------------------------------------------


def not_later(day: date, today: date, field: str) -> date:
    """A day that has begun. Raises Invalid."""
    if day > today:
        raise Invalid.of(field, "This day has not begun.")
    return day


def period(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """A period of at most 366 days, both ends included; by default the 30 days until today.

    Raises Invalid.
    """
    first, last = any_period(first or (last or today) - timedelta(days=29), last, today)
    if (last - first).days >= DAYS_MAX:
        raise Invalid.of("from", f"must be less than {DAYS_MAX} days before until")
    return first, last


def any_period(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """A period of any length, both ends included; by default everything until today.

    Raises Invalid.
    """
    last = not_later(last or today, today, "until")
    first = first or _BEGINNING
    if first > last:
        raise Invalid.of("from", "must not be after until")
    return first, last
