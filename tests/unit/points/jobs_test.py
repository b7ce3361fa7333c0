"""Adjustments and the expiry sweep, as decisions."""

import hashlib

import pytest
from mall.errors import InsufficientPoints
from mall.points import adjusting, sweep
from mall.points.calendar import Calendar
from mall.points.ledger.entry import from_item
from mall.points.ledger.lots import state_at
from mall.points.program import PROGRAM
from mall.points.views import AdjustRequest
from pydantic import ValidationError

from tests.builders import any_calendar, any_id, any_member
from tests.unit.points.account import Account

UTC_CALENDAR = Calendar("UTC")


# --- the sweep -----------------------------------------------------------------------------------


def _days(swept: str | None, today: str, calendar: Calendar = UTC_CALENDAR) -> list[str]:
    return list(sweep.days(swept, calendar.begins(today), calendar))


def should_walk_from_the_day_after_the_last_one_through_today() -> None:
    assert _days("20260227", "20260302") == ["20260228", "20260301", "20260302"]
    assert _days("20261231", "20270101") == ["20270101"]


def should_walk_today_again_and_again() -> None:
    assert _days("20260302", "20260302") == ["20260302"]


def should_walk_today_alone_when_the_clock_was_set_back() -> None:
    assert _days("20260401", "20260302") == ["20260302"]


def should_begin_as_far_back_as_markers_live() -> None:
    days = _days(None, "20260302")
    assert (len(days), days[0], days[-1]) == (sweep.DAYS_BACK + 1, "20260121", "20260302")


def should_walk_days_of_the_programs_zone() -> None:
    calendar = any_calendar()
    instant = calendar.begins("20260302")
    assert list(sweep.days("20260301", instant, calendar)) == ["20260302"]
    assert list(sweep.days("20260301", instant - 1, calendar)) == ["20260301"]


def should_book_exactly_what_time_has_taken() -> None:
    account = Account().on("20260101")
    account.earn(100, "20260201")
    account.earn(50, "20260301")
    account.on("20260201")
    head = account.chain[-1]
    (write,) = sweep.book(account.member, head, PROGRAM, account.now)
    entry = from_item(write.item)
    assert (entry.kind, entry.points, entry.lots) == ("expire", -100, {"20260201": -100})
    assert entry.after == state_at(head.after, account.now, PROGRAM.calendar)
    assert sweep.book(account.member, entry, PROGRAM, account.now) == []


def should_book_nothing_for_nobody_and_nothing_too_early() -> None:
    account = Account().on("20260101")
    account.earn(100, "20260201")
    early = account.on("20260201", -1).now
    assert sweep.book(account.member, account.chain[-1], PROGRAM, early) == []
    assert sweep.book(any_member(), None, PROGRAM, early) == []


# --- adjustments ---------------------------------------------------------------------------------


def should_keep_the_reason_beside_the_ledger_and_its_digest_in_it() -> None:
    member, adjustment, salt = any_member(), any_id(), any_id()
    request = AdjustRequest(user_id=member, points=5, reason="a long story")
    writes, view = adjusting.adjust(request, adjustment, "admin", salt, None, PROGRAM, 0)
    note, item = writes[0].item, writes[1].item
    assert (writes[0].table, note["text"], note["salt"]) == ("users", "a long story", salt)
    digest = hashlib.sha256(f"{salt}a long story".encode()).digest()[:16]
    assert item["note"] == [adjustment, digest]
    assert "story" not in str(item)
    assert item["actor"] == "admin"
    assert (view.points, view.revision, view.adjustment_id) == (5, 1, adjustment)


def should_take_points_soonest_expiry_first_and_never_into_debt() -> None:
    account = Account().on("20260101")
    account.earn(30, "20260201")
    account.earn(50, "20260301")
    request = AdjustRequest(user_id=account.member, points=-40, reason="x")
    head = account.chain[-1]
    writes, _ = adjusting.adjust(request, "id", "admin", "salt", head, PROGRAM, account.now)
    assert writes[1].item["touched"] == {"20260201": -30, "20260301": -10}
    more = AdjustRequest(user_id=account.member, points=-81, reason="x")
    with pytest.raises(InsufficientPoints):
        adjusting.adjust(more, "id", "admin", "salt", head, PROGRAM, account.now)


@pytest.mark.parametrize("points", [0, 1.0, "5", True, 2**53, -(2**53)])
def should_refuse_an_adjustment_of_nothing_or_of_no_integer(points: object) -> None:
    with pytest.raises(ValidationError):
        AdjustRequest.model_validate({"user_id": "m", "points": points, "reason": "x"})
