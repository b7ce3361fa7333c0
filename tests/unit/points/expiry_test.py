"""Expiry policies: to which lot points go, and that a lot is an instant, whatever the zone.

Lots are shown by the day of the program's zone that begins when they are gone; a trailing "i"
marks those that activity renews.
"""

from typing import Any

import pytest
from mall.clock import instant
from mall.points import ledger
from mall.points.calendar import Calendar
from mall.points.ledger import Grant
from mall.points.ledger.entry import IDLE, NEVER, instant_of, minute
from mall.points.program import Program, ProgramSettings
from pydantic import ValidationError

from tests.builders import any_calendar, any_instant, any_source, any_zone, day_of, lot
from tests.unit.points.account import Account

HOUR = 3_600_000
FOREVER = {"policy": "none"}


def _program(expiry: dict[str, Any], zone: str = "UTC", **settings: object) -> Program:
    document = {"zone": zone, "expiry": expiry, **settings}
    return Program(ProgramSettings.model_validate(document))


def _days(count: int, round_to: str = "day") -> dict[str, Any]:
    return {"policy": "fixed_days", "days": count, "round_to": round_to}


def _months(count: int, round_to: str = "month") -> dict[str, Any]:
    return {"policy": "rolling_months", "months": count, "round_to": round_to}


def _year(years: int = 0, grace_days: int = 0) -> dict[str, Any]:
    return {"policy": "calendar_year", "years": years, "grace_days": grace_days}


def _idle(months: int, round_to: str = "month") -> dict[str, Any]:
    return {"policy": "inactivity", "months": months, "round_to": round_to}


@pytest.mark.parametrize(
    ("expiry", "earned_on", "gone_on"),
    [
        (FOREVER, "20260131", NEVER),
        (_days(1), "20260131", "20260202"),
        (_days(30), "20260101", "20260201"),
        (_days(1), "20240228", "20240301"),  # through 29 February
        (_days(366), "20240229", "20250302"),
        (_days(1), "20261231", "20270102"),
        (_days(7, "week"), "20260101", "20260112"),  # Thursday the 8th is in that week
        (_days(3, "week"), "20260101", "20260105"),  # Sunday the 4th
        (_days(4, "week"), "20260101", "20260112"),  # Monday the 5th
        (_days(1, "month"), "20260131", "20260301"),
        (_days(1, "quarter"), "20260331", "20260701"),
        (_days(1, "year"), "20261231", "20280101"),
        (_months(1), "20250131", "20250301"),
        (_months(1), "20240131", "20240301"),
        (_months(1), "20250201", "20250401"),
        (_months(1), "20251231", "20260201"),
        (_months(12), "20251130", "20261201"),
        (_months(12), "20251231", "20270101"),
        (_months(12), "20240229", "20250301"),
        (_months(30), "20260615", "20290101"),
        (_months(1, "day"), "20250131", "20250301"),
        (_months(1, "day"), "20240131", "20240301"),
        (_months(1, "day"), "20260115", "20260216"),
        (_months(1, "week"), "20260101", "20260202"),  # Sunday 1 February
        (_months(1, "quarter"), "20260228", "20260401"),
        (_months(1, "quarter"), "20260301", "20260701"),
        (_months(2, "year"), "20261101", "20280101"),
        (_year(), "20260101", "20270101"),
        (_year(), "20261231", "20270101"),
        (_year(), "20240229", "20250101"),
        (_year(1), "20240229", "20260101"),
        (_year(0, 31), "20261231", "20270201"),
        (_year(0, 60), "20270615", "20280301"),  # 29 February 2028 is the sixtieth
        (_year(2, 90), "20260331", "20290401"),
        (_idle(6), "20260115", "20260801i"),
        (_idle(1), "20250131", "20250301i"),
        (_idle(12, "day"), "20240229", "20250301i"),
        (_idle(3, "quarter"), "20260331", "20260701i"),
    ],
)
def should_last_to_the_end_of_the_period(
    expiry: dict[str, Any], earned_on: str, gone_on: str
) -> None:
    """Case 12 among them: earned in the first or last millisecond of a day, in any zone."""
    calendar = any_calendar()
    program = _program(expiry, calendar.zone)
    first = calendar.begins(earned_on)
    for at in (first, first + 22 * HOUR, _last(calendar, earned_on)):
        assert day_of(program.lot(at), calendar.zone) == gone_on
        assert program.lot(at) == lot(gone_on, calendar.zone)


def _last(calendar: Calendar, day: str) -> int:
    """The last millisecond of a day, which is 23 to 25 hours long."""
    return max(
        at for hours in (23, 23.5, 24, 25)
        if calendar.day(at := calendar.begins(day) + round(hours * HOUR) - 1) == day
    )  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "earned_at", "gone_at"),
    [  # the day of each expiry has 23, 23.5 or 25 hours
        ("Europe/Berlin", "2026-03-28T22:59:59.999Z", "2026-03-29T22:00:00.000Z"),
        ("Europe/Berlin", "2026-03-28T23:00:00.000Z", "2026-03-30T22:00:00.000Z"),
        ("Europe/Berlin", "2026-10-24T21:59:59.999Z", "2026-10-25T23:00:00.000Z"),
        ("America/New_York", "2026-10-31T04:00:00.000Z", "2026-11-02T05:00:00.000Z"),
        ("America/New_York", "2026-03-08T04:59:59.999Z", "2026-03-09T04:00:00.000Z"),
        ("America/Havana", "2026-03-06T12:00:00.000Z", "2026-03-08T05:00:00.000Z"),
        ("America/Havana", "2026-10-30T12:00:00.000Z", "2026-11-01T04:00:00.000Z"),
        ("Australia/Lord_Howe", "2026-10-03T12:00:00.000Z", "2026-10-04T13:00:00.000Z"),
        ("Pacific/Auckland", "2026-09-26T11:59:59.999Z", "2026-09-27T11:00:00.000Z"),
        ("Asia/Kathmandu", "2026-01-01T18:15:00.000Z", "2026-01-03T18:15:00.000Z"),
    ],
)
def should_end_long_and_short_days_right(zone: str, earned_at: str, gone_at: str) -> None:
    """Case 22: points of one day last through the whole of the next, however long it is."""
    ends_at = instant_of(_program(_days(1), zone).lot(_at(earned_at)))
    assert ends_at is not None
    assert instant(ends_at) == gone_at


def should_be_spendable_to_the_last_millisecond_of_a_25_hour_day() -> None:
    """Cases 11 and 22 together: 25 October 2026 in Berlin."""
    account = Account(Calendar("Europe/Berlin")).on("20261024")
    account.earn(100, day_of(_program(_days(1), "Europe/Berlin").lot(account.now), "Europe/Berlin"))
    account.on("20261025", 25 * HOUR - 1)
    assert account.state.available == 100
    account.on("20261025", 25 * HOUR)
    assert account.state.available == 0


def should_leave_lots_where_they_are_when_the_zone_changes() -> None:
    """Case 21: a lot is an instant; only what is granted from now on follows the new zone."""
    at = _at("2026-05-31T23:30:00.000Z")
    before, after = (_program(_months(3), zone) for zone in ("UTC", "Europe/Berlin"))
    account = Account(now=at)
    for program, points in ((before, 10), (after, 20)):
        posting = account.open()
        ledger.credit(posting, "earn", points, program.grant(at), any_source())
        account.commit(posting)
    ends = {instant(instant_of(key) or 0): held for key, held in account.state.lots.items()}
    assert ends == {"2026-09-01T00:00:00.000Z": 10, "2026-09-30T22:00:00.000Z": 20}
    assert account.verdict.valid


def should_give_reissued_points_their_days_of_grace() -> None:
    calendar = any_calendar()
    program = _program(FOREVER, calendar.zone, grace_days=30)
    assert day_of(program.grace_lot(calendar.begins("20240131")), calendar.zone) == "20240302"


def should_sort_lots_by_time_and_never_last() -> None:
    for _ in range(200):
        one, other = sorted((any_instant(), any_instant() + 60_000))
        assert minute(one) <= minute(other) < NEVER
        assert minute(one) < minute(one) + IDLE < minute(one + 60_000)


# --- pending -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counted_from", "gone_on"), [("earning", "20260301"), ("activation", "20260401")]
)
def should_count_validity_from_earning_or_from_activation(counted_from: str, gone_on: str) -> None:
    """Case 18: earned on 20 January, active on 3 February, for a month."""
    calendar = any_calendar()
    program = _program(_months(1), calendar.zone, pending_days=14, expiry_counted_from=counted_from)
    grant = program.grant(calendar.begins("20260120") + 5 * HOUR)
    assert day_of(grant.lot, calendar.zone) == gone_on
    assert day_of(grant.pending or "", calendar.zone) == f"20260203|{gone_on}"


def should_activate_with_a_program_day_though_days_differ_in_length() -> None:
    """Cases 17 and 22: two days from before a 23-hour day, to the millisecond."""
    program = _program(FOREVER, "Europe/Berlin", pending_days=2)
    grant = program.grant(_at("2026-03-28T12:00:00.000Z"))
    assert grant.pending == f"{minute(_at('2026-03-29T22:00:00.000Z'))}|{NEVER}"


def should_be_active_at_once_without_a_return_window() -> None:
    program, at = _program(_months(1), any_zone()), any_instant()
    assert program.grant(at) == Grant(program.lot(at))


# --- the document --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expiry",
    [
        {"policy": "fixed_days", "days": 0},
        {"policy": "fixed_days", "days": 1.0},
        {"policy": "fixed_days", "days": 30, "round_to": "decade"},
        {"policy": "rolling_months", "months": 0},
        {"policy": "rolling_months", "months": 121},
        {"policy": "rolling_months"},
        {"policy": "calendar_year", "grace_days": -1},
        {"policy": "inactivity", "months": True},
        {"policy": "none", "days": 3},
        {"policy": "whenever"},
        {},
    ],
)
def should_refuse_what_is_no_policy(expiry: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _program(expiry)


def _at(shown: str) -> int:
    """The instant of a time as answers show it."""
    whole, _, millisecond = shown.removesuffix("Z").partition(".")
    day, _, clock = whole.partition("T")
    hours, minutes, seconds = map(int, clock.split(":"))
    ms = (hours * 60 + minutes) * 60_000 + seconds * 1_000 + int(millisecond)
    return Calendar().begins(day.replace("-", "")) + ms
