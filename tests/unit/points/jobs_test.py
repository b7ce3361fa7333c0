"""The expiry sweep, as a decision."""

from mall.points import sweep
from mall.points.calendar import Calendar
from mall.points.ledger.entry import from_item
from mall.points.ledger.lots import state_at

from tests.builders import any_calendar, any_member
from tests.unit.points.account import Account

UTC = Calendar("UTC")


def _days(swept: str | None, today: str) -> list[str]:
    return list(sweep.days(swept, UTC.begins(today)))


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


def should_walk_days_of_utc() -> None:
    midnight = UTC.begins("20260302")
    assert list(sweep.days("20260301", midnight)) == ["20260302"]
    assert list(sweep.days("20260301", midnight - 1)) == ["20260301"]


def should_book_exactly_what_time_has_taken() -> None:
    account = Account(any_calendar())
    account.earn(100, "20260201")
    account.earn(50, "20260301")
    account.on("20260201")
    head = account.chain[-1]
    (write,) = sweep.book(account.member, head, account.now)
    entry = from_item(write.item)
    assert (entry.kind, entry.points) == ("expire", -100)
    assert account.by_day(entry.lots) == {"20260201": -100}
    assert entry.after == state_at(head.after, account.now)
    assert sweep.book(account.member, entry, account.now) == []


def should_book_nothing_for_nobody_and_nothing_too_early() -> None:
    account = Account(any_calendar())
    account.earn(100, "20260201")
    early = account.on("20260201", -1).now
    assert sweep.book(account.member, account.chain[-1], early) == []
    assert sweep.book(any_member(), None, early) == []
