"""Verify: replay a member's chain from entry 1 and name the first entry that cannot be true.

Each entry is held against the one before it: its number, time, link and hash; its movement
against the state before and after; and the conservation of points. What verify cannot see is a
tail cut off whole: the stream's totals remember the last revision counted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mall.points.calendar import Calendar
from mall.points.entry import GENESIS, Entry, State, sealed
from mall.points.ledger import counted, activate, due_lots


@dataclass(frozen=True)
class Verdict:
    """What a replay found. `first_bad_revision` is None for a valid chain."""

    entries: int
    first_bad_revision: int | None = None

    @property
    def valid(self) -> bool:
        """Whether every entry follows from the one before it."""
        return self.first_bad_revision is None


def verify(entries: Iterable[Entry], calendar: Calendar) -> Verdict:
    """Replay entries, oldest first. O(n) hashes; holds one entry at a time."""
    last: Entry | None = None
    count = 0
    for entry in entries:
        count += 1
        if not _follows(last, entry, calendar):
            return Verdict(count, count)
        last = entry
    return Verdict(count)


def _follows(last: Entry | None, entry: Entry, calendar: Calendar) -> bool:
    linked = (
        entry.revision == (last.revision + 1 if last else 1)
        and entry.prev_hash == (last.hash if last else GENESIS)
        and entry.hash == sealed(entry).hash
        and entry.at >= (last.at if last else 0)
        and entry.member == (last.member if last else entry.member)
    )
    return linked and _moved(last.after if last else State(), entry, calendar)


def _moved(before: State, entry: Entry, calendar: Calendar) -> bool:
    """Whether the state after is the state before, time applied, plus the movement."""
    today = calendar.day(entry.at)
    base = activate(before, today)
    gone = due_lots(base, today)
    if entry.kind == "expire":
        timely = dict(entry.lots) == {day: -points for day, points in gone.items()}
    else:
        timely = not gone or entry.kind == "claw_back"
    after = entry.after
    return (
        timely
        and dict(after.lots) == _plus(base.lots, entry.lots)
        and dict(after.pending) == _plus(base.pending, entry.pending)
        and after.net - base.net == entry.points
        and after.totals == counted(base, entry.kind, entry.points).totals
        and after.totals.net == after.net
        and _sane(base, after, entry)
    )


def _plus(held: Mapping[str, int], change: Mapping[str, int]) -> dict[str, int]:
    sums = {key: held.get(key, 0) + change.get(key, 0) for key in {*held, *change}}
    return {key: points for key, points in sums.items() if points}


def _sane(base: State, after: State, entry: Entry) -> bool:
    """No negative lot, no debt beside available points, and closing changes nothing else."""
    positive = all(points > 0 for points in (*after.lots.values(), *after.pending.values()))
    owed = after.debt >= 0 and after.shortfall >= 0 and not (after.debt and after.available)
    closing = {"close": True, "reopen": False}.get(entry.kind, base.closed)
    allowed = not base.closed or entry.kind in ("expire", "reopen")
    return positive and owed and after.closed == closing and allowed
