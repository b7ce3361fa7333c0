"""Telling members that points are about to end, 30 and 7 days ahead: each once.

The expiry markers of a day tell whom to look at, so the cost follows what expires. A notice is an
item that can be written once; its record in the stream is what tells the world.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel

from mall import keys
from mall.clock import DAY_MS, Millis, utc_day
from mall.points.ledger.entry import Entry, Lot, instant_of
from mall.points.ledger.lots import held_in, state_at
from mall.writes import ABSENT, Write, already_done, put

AHEAD = (30, 7)  # days; each notice is given until the next shorter one is due
_DAYS_BACK = max(AHEAD)
_KEPT_MS = 7 * DAY_MS


class NoticeBucket(BaseModel):
    """Ask for the members of one bucket, 0 to 63, to be told."""

    bucket: int


@dataclass(frozen=True)
class Notice:
    """A member has `points` that end at `expires_at`; `days` is how far ahead it is told."""

    member: str
    lot: Lot
    days: int
    points: int
    expires_at: Millis
    at: Millis


def due(told: str | None, now: Millis) -> Iterator[tuple[int, str]]:
    """Which notices to give: days ahead, and the UTC day on which points end.

    `told` is the day of the last complete run; days that were missed since are caught up, as long
    as the next shorter notice is not due instead. Today is always among them.
    """
    today = date.fromisoformat(utc_day(now))
    first = date.fromisoformat(told) + timedelta(days=1) if told else today
    first = min(max(first, today - timedelta(days=_DAYS_BACK)), today)
    for ahead, shorter in zip(AHEAD, (*AHEAD[1:], 0), strict=True):
        for missed in range((today - first).days, -1, -1):
            if ahead - missed > shorter:
                yield ahead, (today + timedelta(days=ahead - missed)).strftime("%Y%m%d")


def notices(head: Entry, days: int, day: str, now: Millis) -> list[Notice]:
    """What a member is to be told about a UTC day: one notice for each lot that ends on it.

    The points are those that would expire if the member did nothing, so they count grants that
    become active until then. A closed account is told nothing.
    """
    if head.after.closed:
        return []
    ending = {lot: ends for lot in held_in(head.after) if (ends := _ends_on(lot, day, now))}
    found = [
        Notice(head.member, lot, days, state_at(head.after, ends - 1).lots.get(lot, 0), ends, now)
        for lot, ends in sorted(ending.items())
    ]
    return [notice for notice in found if notice.points]


def _ends_on(lot: Lot, day: str, now: Millis) -> Millis | None:
    ends = instant_of(lot)
    return ends if ends is not None and ends > now and utc_day(ends) == day else None


def note(notice: Notice) -> Write:
    """The write that gives a notice; AlreadyDone when it was given before. It outlives the lot."""
    item = {
        **keys.notice(notice.member, notice.lot, notice.days),
        "points": notice.points,
        "expires_at": notice.expires_at,
        "at": notice.at,
        "ttl": (notice.expires_at + _KEPT_MS) // 1000,
    }
    return put("points", item, condition=ABSENT, refused=already_done)


def from_item(item: Mapping[str, Any]) -> Notice:
    """The notice that an item holds."""
    _, lot, days = item["sk"].split("#")
    member = item["pk"].partition("#")[2]
    return Notice(member, lot, int(days), item["points"], item["expires_at"], item["at"])
