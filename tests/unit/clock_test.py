"""Time: read once per question, shifted by the stage's offset, told in one way."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mall import clock
from mall.clock import Clock, instant, millis, utc_day, utc_hour


@given(at=st.integers(0, 253_370_764_799_999))
def should_read_back_what_it_tells(at: int) -> None:
    assert millis(datetime.fromisoformat(instant(at))) == at


def should_tell_utc_with_milliseconds() -> None:
    assert instant(0) == "1970-01-01T00:00:00.000Z"
    assert instant(1_795_348_800_007) == "2026-11-22T12:00:00.007Z"


def should_tell_the_day_and_the_hour_of_utc_until_its_last_millisecond() -> None:
    last = clock.DAY_MS - 1
    assert [(utc_day(at), utc_hour(at)) for at in (0, last, last + 1)] == [
        ("19700101", "1970010100"),
        ("19700101", "1970010123"),
        ("19700102", "1970010200"),
    ]


def should_take_an_instant_of_any_zone() -> None:
    east = timezone(timedelta(hours=5, minutes=45))
    assert millis(datetime(2026, 11, 22, 17, 45, tzinfo=east)) == 1_795_348_800_000
    assert millis(datetime(1970, 1, 1, 0, 0, 0, 999_600, tzinfo=UTC)) == 1000


def should_ask_for_the_offset_at_each_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "time", SimpleNamespace(time_ns=lambda: 5_999_999))
    assert Clock().now() == 5
    offsets = iter([0, 60, -60])
    moved = Clock(lambda: next(offsets))
    assert [moved.now(), moved.now(), moved.now()] == [5, 60_005, -59_995]
