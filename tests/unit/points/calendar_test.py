"""The program's calendar at its edges: month ends, leap years, long and short days."""

from datetime import date, datetime

import pytest
from mall.clock import instant
from mall.points.calendar import Calendar, Period, after_period, months_later

from tests.builders import any_calendar, any_instant

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2025-10-31", 1, "2025-11-30"),
        ("2025-12-31", 2, "2026-02-28"),
        ("2025-11-30", 3, "2026-02-28"),
        ("2025-02-28", 1, "2025-03-28"),
        ("2025-12-15", 120, "2035-12-15"),
    ],
)
def should_stay_in_the_month_that_it_counts_to(day: str, months: int, then: str) -> None:
    """Case 12: 31 January and a month is 28 or 29 February."""
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(then)


@pytest.mark.parametrize(
    ("day", "period", "first_after"),
    [
        ("2026-03-29", "day", "2026-03-30"),
        ("2024-02-28", "day", "2024-02-29"),
        ("2026-12-31", "day", "2027-01-01"),
        ("2026-01-01", "week", "2026-01-05"),  # a Thursday
        ("2026-01-04", "week", "2026-01-05"),  # a Sunday
        ("2026-01-05", "week", "2026-01-12"),  # a Monday
        ("2024-02-01", "month", "2024-03-01"),
        ("2024-02-29", "month", "2024-03-01"),
        ("2026-12-01", "month", "2027-01-01"),
        ("2026-01-01", "quarter", "2026-04-01"),
        ("2026-03-31", "quarter", "2026-04-01"),
        ("2026-10-01", "quarter", "2027-01-01"),
        ("2026-12-31", "quarter", "2027-01-01"),
        ("2026-01-01", "year", "2027-01-01"),
        ("2026-12-31", "year", "2027-01-01"),
    ],
)
def should_know_where_the_next_period_begins(day: str, period: Period, first_after: str) -> None:
    assert after_period(date.fromisoformat(day), period) == date.fromisoformat(first_after)


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Pacific/Auckland", "2026-01-31T10:59:59.999Z", "20260131"),
        ("Pacific/Auckland", "2026-01-31T11:00:00.000Z", "20260201"),
        ("Pacific/Honolulu", "2026-02-01T09:59:59.999Z", "20260131"),
        ("Pacific/Honolulu", "2026-02-01T10:00:00.000Z", "20260201"),
        ("Asia/Kathmandu", "2026-01-31T18:14:59.999Z", "20260131"),
        ("Asia/Kathmandu", "2026-01-31T18:15:00.000Z", "20260201"),
    ],
)
def should_change_day_at_local_midnight(zone: str, at: str, day: str) -> None:
    """Ahead of UTC and behind it."""
    moment = round(datetime.fromisoformat(at).timestamp() * 1000)
    assert Calendar(zone).day(moment) == day


@pytest.mark.parametrize(
    ("zone", "day", "begins", "hours"),
    [
        ("Europe/Berlin", "20260329", "2026-03-28T23:00:00.000Z", 23),
        ("Europe/Berlin", "20261025", "2026-10-24T22:00:00.000Z", 25),
        ("America/New_York", "20260308", "2026-03-08T05:00:00.000Z", 23),
        ("America/New_York", "20261101", "2026-11-01T04:00:00.000Z", 25),
        ("Australia/Lord_Howe", "20261004", "2026-10-03T13:30:00.000Z", 23.5),
        ("America/Havana", "20260308", "2026-03-08T05:00:00.000Z", 23),
        ("America/Havana", "20261101", "2026-11-01T04:00:00.000Z", 25),
        ("UTC", "20260329", "2026-03-29T00:00:00.000Z", 24),
    ],
)
def should_end_long_and_short_days_right(zone: str, day: str, begins: str, hours: float) -> None:
    """Case 22; Havana has a day without a midnight, and one with two."""
    calendar = Calendar(zone)
    start = calendar.begins(day)
    end = start + round(hours * HOUR)
    assert instant(start) == begins
    assert [calendar.day(at) == day for at in (start - 1, start, end - 1, end)] == [
        False, True, True, False,
    ]  # fmt: skip


def should_agree_with_itself_at_both_ends_of_any_day() -> None:
    for _ in range(200):
        calendar, at = any_calendar(), any_instant()
        day = calendar.day(at)
        assert calendar.begins(day) <= at
        assert calendar.day(calendar.begins(day)) == day
        assert calendar.day(calendar.begins(day) - 1) < day
        assert calendar.start(calendar.date(at)) == calendar.begins(day)
