"""Ledger entries as write parts, with the markers that let the sweep find a lot's last day."""

from mall import keys
from mall.points.calendar import NEVER, Calendar, Day
from mall.points.entry import State, to_item
from mall.points.ledger import Posting
from mall.writes import ABSENT, Write, put

# A marker outlives its day by this, so that a sweep that was down for a month still finds it.
MARKER_KEPT_S = 40 * 86_400


def append(posting: Posting, calendar: Calendar) -> list[Write]:
    """Write parts that append a posting's entries; Stale when another writer took the revision.

    A lot that appears brings its expiry marker along.
    """
    entries = [put("points", to_item(entry), condition=ABSENT) for entry in posting.entries]
    before = _lot_days(posting.head.after) if posting.head else set()
    appeared = sorted(_lot_days(posting.state) - before)
    return entries + [_marker(posting.member, day, calendar) for day in appeared]


def _lot_days(state: State) -> set[Day]:
    days = {*state.lots, *(key.partition("|")[2] for key in state.pending)}
    return days - {NEVER}


def _marker(member: str, day: Day, calendar: Calendar) -> Write:
    ttl = calendar.begins(day) // 1000 + MARKER_KEPT_S
    return put("points", {**keys.due(day, member), "ttl": ttl})
