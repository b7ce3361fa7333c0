"""Ledger entries as write parts, with the markers that let the sweep find a lot's last day."""

from mall import keys
from mall.clock import DAY_MS, utc_day
from mall.points.ledger.entry import State, instant_of, to_item
from mall.points.ledger.lots import held_in
from mall.points.ledger.posting import Posting
from mall.writes import ABSENT, Write, put

# A marker outlives its day by this, so that a sweep that was down for a month still finds it.
MARKER_KEPT_S = 40 * 86_400
# Of one transaction, which DynamoDB holds to 100 items. Further than a notice looks ahead.
MARKERS_MAX = 40


def append(posting: Posting) -> list[Write]:
    """Write parts that append a posting's entries; Stale when another writer took the revision.

    A lot that appears brings along the marker of the UTC day on which it expires, the soonest 40
    at most; the sweep that comes for the last of them marks the next, see `next_markers`.
    """
    entries = [put("points", to_item(entry), condition=ABSENT) for entry in posting.entries]
    before = _last_days(posting.head.after) if posting.head else set()
    appeared = sorted(_last_days(posting.state) - before)[:MARKERS_MAX]
    return entries + [_marker(posting.member, day) for day in appeared]


def next_markers(posting: Posting) -> list[Write]:
    """The markers of the soonest 40 days of an account with more lots than that; none for others.

    A marker that stands already is written as it is.
    """
    days = sorted(_last_days(posting.state))
    if len(days) < MARKERS_MAX:
        return []
    return [_marker(posting.member, day) for day in days[:MARKERS_MAX]]


def _last_days(state: State) -> set[int]:
    """The UTC days, counted from 1970, on which the account's lots end."""
    instants = map(instant_of, held_in(state))
    return {ends_at // DAY_MS for ends_at in instants if ends_at is not None}


def _marker(member: str, day: int) -> Write:
    ttl = (day + 1) * DAY_MS // 1000 + MARKER_KEPT_S
    return put("points", {**keys.due(utc_day(day * DAY_MS), member), "ttl": ttl})
