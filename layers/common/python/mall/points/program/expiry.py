"""When points expire: each policy turns the instant they count from into the lot they go to.

Every policy ends with the period that its last day is in, in the program's time zone: longer
periods mean fewer lots on an account, and an entry that stays small.
"""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mall.clock import Millis
from mall.models import Request
from mall.points.calendar import Calendar, Period, after_period, months_later
from mall.points.ledger.entry import IDLE, NEVER, Lot, minute

LOTS_MAX = 400  # that may live at once: an entry holds all of them
_DAYS_OF: dict[Period, int] = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}
_DAYS_OF_MONTH = 31


def _few_lots(days: int, period: Period) -> None:
    if days // _DAYS_OF[period] > LOTS_MAX:
        raise ValueError(f"more than {LOTS_MAX} lots could live at once: round to a longer period")


Months = Annotated[int, Field(strict=True, ge=1, le=120)]


class NoExpiry(Request):
    """Points never expire."""

    policy: Literal["none"]

    def lot(self, _: Millis, __: Calendar) -> Lot:
        """The lot of points that count from an instant."""
        return NEVER


class FixedDays(Request):
    """Points last through the day that is `days` later, and to the end of the period it is in."""

    policy: Literal["fixed_days"]
    days: Annotated[int, Field(strict=True, ge=1, le=3660)]
    round_to: Period = "day"

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        _few_lots(self.days, self.round_to)
        return self

    def lot(self, at: Millis, calendar: Calendar) -> Lot:
        """The lot of points that count from an instant."""
        last = calendar.date(at) + timedelta(days=self.days)
        return minute(calendar.start(after_period(last, self.round_to)))


class RollingMonths(Request):
    """Points last to the end of the period that the day `months` later is in."""

    policy: Literal["rolling_months"]
    months: Months
    round_to: Period = "month"

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        _few_lots(self.months * _DAYS_OF_MONTH, self.round_to)
        return self

    def lot(self, at: Millis, calendar: Calendar) -> Lot:
        """The lot of points that count from an instant."""
        last = months_later(calendar.date(at), self.months)
        return minute(calendar.start(after_period(last, self.round_to)))


class CalendarYear(Request):
    """Points last to the end of the year, or of one `years` later, and `grace_days` beyond."""

    policy: Literal["calendar_year"]
    years: Annotated[int, Field(strict=True, ge=0, le=10)] = 0
    grace_days: Annotated[int, Field(strict=True, ge=0, le=366)] = 0

    def lot(self, at: Millis, calendar: Calendar) -> Lot:
        """The lot of points that count from an instant."""
        day = calendar.date(at)
        first_after = after_period(day.replace(day=1, year=day.year + self.years), "year")
        return minute(calendar.start(first_after + timedelta(days=self.grace_days)))


class Inactivity(Request):
    """Points last as long as the member is active: all of them to `months` after the last time."""

    policy: Literal["inactivity"]
    months: Months
    round_to: Period = "month"

    def lot(self, at: Millis, calendar: Calendar) -> Lot:
        """The lot of points that count from an instant, which is also the last activity."""
        last = months_later(calendar.date(at), self.months)
        return minute(calendar.start(after_period(last, self.round_to))) + IDLE


Expiry = Annotated[
    NoExpiry | FixedDays | RollingMonths | CalendarYear | Inactivity, Field(discriminator="policy")
]
