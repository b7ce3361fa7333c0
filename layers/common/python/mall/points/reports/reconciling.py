"""Reconciling a day: are its totals what the chains say, and are the chains what they were?

The day's markers tell which entries were counted for it, and the hash of the last one. Each is read
again from its chain and must follow from the one before it; a chain that was changed, cut off or
inserted into shows at a revision. What the entries come to must be the day's totals to the point.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mall.points.ledger.chain import follows
from mall.points.ledger.entry import Entry, State
from mall.points.reports.counting import Counted, Moved
from mall.points.reports.sums import POINTS, Sums, accounts, of_entry, plus


@dataclass(frozen=True)
class Examined:
    """What a member's entries of a day come to; `bad_revision` is the first that cannot be true."""

    member: str
    sums: Sums
    bad_revision: int | None = None


def examine(moved: Moved, found: Sequence[Entry]) -> Examined:
    """Read a day of a chain again. `found` begins with the entry before the day's, if any."""
    by_revision = {entry.revision: entry for entry in found}
    last = by_revision.get(moved.first - 1)
    if moved.first > 1 and last is None:
        return Examined(moved.member, {}, moved.first - 1)
    sums: Sums = {}
    for revision in range(moved.first, moved.last + 1):
        entry = by_revision.get(revision)
        if entry is None or not follows(last, entry):
            return Examined(moved.member, sums, revision)
        sums = plus(sums, of_entry(last.after if last else State(), entry))
        last = entry
    changed = last is not None and last.hash != moved.hash
    return Examined(moved.member, sums, moved.last if changed else None)


def cut_off(counted: Counted, moved: Moved, newest: Entry | None) -> int | None:
    """The revision at which a chain no longer reaches what was counted; `newest` stands there."""
    if counted.revision < moved.last:
        return moved.last
    intact = newest is not None and newest.hash == counted.hash
    return None if intact else counted.revision


def difference(chains: Sums, totals: Sums) -> int:
    """By how many points the totals are wrong; 1 where only numbers of entries are."""
    wrong = plus(chains, {name: -value for name, value in totals.items()})
    held = sum(abs(value) for value in accounts(wrong).values())
    booked = sum(abs(value) for name, value in wrong.items() if name.startswith(POINTS))
    return max(held, booked, bool(wrong))


@dataclass(frozen=True)
class Progress:
    """How far a day was reconciled, and what the markers before this place came to.

    `seen` is the fingerprint of the totals that it is done for; `bad` counts broken chains.
    """

    seen: bytes
    bucket: int = 0
    after: str = ""
    sums: Sums = field(default_factory=dict)
    bad: int = 0

    def beyond(self, examined: Sequence[Examined], last: str) -> "Progress":
        """One page of a bucket further; `last` is empty at the bucket's end."""
        return replace(
            self,
            bucket=self.bucket if last else self.bucket + 1,
            after=last,
            sums=plus(self.sums, *(each.sums for each in examined)),
            bad=self.bad + sum(each.bad_revision is not None for each in examined),
        )


def progress_of(item: Mapping[str, Any] | None, seen: bytes) -> Progress:
    """Where to go on: at the beginning, if the totals have changed since."""
    if item is None or item["seen"] != seen:
        return Progress(seen)
    return Progress(seen, item["bucket"], item["after"], item["sums"], item["bad"])
