"""The program's calendar at its edges: month ends, leap years, long and short days."""

import pytest
from mall.clock import instant
from mall.points.calendar import NEVER, Calendar
from mall.points.program import Program

from tests.builders import any_calendar, any_instant

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("earned_on", "months", "gone_on"),
    [
        ("20250131", 1, "20250301"),
        ("20240131", 1, "20240301"),
        ("20250201", 1, "20250401"),
        ("20251231", 1, "20260201"),
        ("20251130", 12, "20261201"),
        ("20251231", 12, "20270101"),
        ("20240229", 12, "20250301"),
        ("20260615", 0, "20260701"),
        ("20260615", 30, "20290101"),
    ],
)
def should_end_validity_with_the_last_day_of_the_month(
    earned_on: str, months: int, gone_on: str
) -> None:
    """Case 12: 31 January and a month is the end of February, leap year or not."""
    calendar = any_calendar()
    first, last = calendar.begins(earned_on), calendar.begins(earned_on) + 23 * HOUR - 1
    assert calendar.month_end_after(first, months) == gone_on
    assert calendar.month_end_after(last, months) == gone_on


@pytest.mark.parametrize(
    ("zone", "at", "day", "gone_on"),
    [
        ("Pacific/Auckland", "2026-01-31T10:59:59.999Z", "20260131", "20260301"),
        ("Pacific/Auckland", "2026-01-31T11:00:00.000Z", "20260201", "20260401"),
        ("Pacific/Honolulu", "2026-02-01T09:59:59.999Z", "20260131", "20260301"),
        ("Pacific/Honolulu", "2026-02-01T10:00:00.000Z", "20260201", "20260401"),
        ("Asia/Kathmandu", "2026-01-31T18:14:59.999Z", "20260131", "20260301"),
        ("Asia/Kathmandu", "2026-01-31T18:15:00.000Z", "20260201", "20260401"),
    ],
)
def should_change_month_at_local_midnight(zone: str, at: str, day: str, gone_on: str) -> None:
    """Case 12, ahead of UTC and behind it."""
    calendar = Calendar(zone)
    moment = _at(at)
    assert calendar.day(moment) == day
    assert calendar.month_end_after(moment, 1) == gone_on


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


def should_sort_never_after_every_day() -> None:
    assert Calendar().day(any_instant()) < "99991231" < NEVER


def should_give_each_program_its_own_validity() -> None:
    at = _at("2026-05-31T23:30:00.000Z")
    assert Program(expires_after_months=None).expiry_day(at) == NEVER
    assert Program(expires_after_months=3).expiry_day(at) == "20260901"
    assert Program(expires_after_months=3, zone="Europe/Berlin").expiry_day(at) == "20261001"


def _at(shown: str) -> int:
    """The instant of a time as answers show it."""
    calendar = Calendar()
    day, _, time = shown.removesuffix("Z").partition("T")
    hours, minutes, seconds = time.split(":")
    return (
        calendar.begins(day.replace("-", ""))
        + int(hours) * HOUR
        + int(minutes) * 60_000
        + round(float(seconds) * 1_000)
    )
