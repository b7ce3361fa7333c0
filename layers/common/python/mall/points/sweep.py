"""The expiry sweep: which days a bucket still has to walk, and what it books for a member."""

from collections.abc import Iterator
from datetime import date, timedelta

from pydantic import BaseModel

from mall.clock import Millis, utc_day
from mall.points import ledger
from mall.points.ledger.entry import Entry
from mall.points.ledger.writes import append, next_markers
from mall.writes import Write

DAYS_BACK = 40  # where a bucket that was never swept begins; markers older than this are gone


class SweepBucket(BaseModel):
    """Ask for one bucket, 0 to 63, to be swept."""

    bucket: int


def days(swept: str | None, now: Millis) -> Iterator[str]:
    """The UTC days to walk: from the one after `swept` through today, and today always.

    A clock that was set back makes today the only one.
    """
    today = _date(utc_day(now))
    first = _date(swept) + timedelta(days=1) if swept else today - timedelta(days=DAYS_BACK)
    day = min(first, today)
    while day <= today:
        yield day.strftime("%Y%m%d")
        day += timedelta(days=1)


def book(member: str, head: Entry | None, now: Millis) -> list[Write]:
    """The writes that book a member's due expiries, and mark what follows on a crowded account.

    None when nothing is due and nothing needs a marker.
    """
    posting = ledger.open_posting(member, head, now)
    booked = append(posting) if posting.entries else []
    return booked + next_markers(posting)


def _date(day: str) -> date:
    return date.fromisoformat(day)
