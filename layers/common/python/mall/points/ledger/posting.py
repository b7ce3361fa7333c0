"""A posting: the entries that one commit appends to a chain.

Opening it applies what time has done since the head and books an expiry that is due as its own
entry. A race makes one writer lose the next revision; it reads again and decides again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from mall.clock import Millis
from mall.points.ledger.entry import (
    GENESIS,
    Entry,
    Kind,
    Note,
    Source,
    State,
    Totals,
    minute,
    sealed,
)
from mall.points.ledger.lots import activate, due_lots

_TOTAL_OF_KIND: Mapping[Kind, Literal["granted", "refunded", "spent", "expired", "clawed_back"]] = {
    "earn": "granted",
    "lottery_prize": "granted",
    "check_in": "granted",
    "transfer_in": "granted",
    "refund": "refunded",
    "redeem": "spent",
    "lottery_cost": "spent",
    "discount": "spent",
    "transfer_out": "spent",
    "expire": "expired",
    "claw_back": "clawed_back",
}


@dataclass
class Posting:
    """The entries that one commit appends to a chain; due expiries are booked on opening."""

    member: str
    head: Entry | None
    at: Millis
    state: State
    entries: list[Entry] = field(default_factory=list)
    renewed: str = ""

    @property
    def now(self) -> str:
        """The minute of this commit."""
        return minute(self.at)

    def post(
        self, kind: Kind, points: int, after: State, source: Source,
        *, rules: str = "", actor: str = "", note: Note | None = None,
    ) -> None:  # fmt: skip
        """Append one entry whose state after is `after`; its lots are the difference."""
        last = self.entries[-1] if self.entries else self.head
        self.entries.append(
            sealed(
                Entry(
                    member=self.member,
                    revision=last.revision + 1 if last else 1,
                    at=self.at,
                    kind=kind,
                    points=points,
                    source=source,
                    lots=_difference(self.state.lots, after.lots),
                    pending=_difference(self.state.pending, after.pending),
                    after=after,
                    prev_hash=last.hash if last else GENESIS,
                    renewed=self.renewed,
                    rules=rules,
                    actor=actor,
                    note=note,
                )
            )
        )
        self.state = after
        self.renewed = ""

    def book_expiry(self) -> None:
        """Append an `expire` entry when a lot is gone by now; it names every such lot."""
        gone = due_lots(self.state, self.now)
        if not gone:
            return
        points = sum(gone.values())
        lots = {lot: held for lot, held in self.state.lots.items() if lot not in gone}
        after = counted(replace(self.state, lots=lots), "expire", -points)
        self.post("expire", -points, after, Source("expiry", self.now))


def open_posting(member: str, head: Entry | None, now: Millis) -> Posting:
    """Begin a commit: time never runs backwards along a chain, and what is due is booked."""
    at = max(now, head.at) if head else now
    state = activate(head.after, minute(at)) if head else State()
    posting = Posting(member, head, at, state)
    posting.book_expiry()
    return posting


def _difference(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    changes = {k: after.get(k, 0) - before.get(k, 0) for k in {*before, *after}}
    return {key: change for key, change in sorted(changes.items()) if change}


def counted(state: State, kind: Kind, points: int) -> State:
    """The state with its lifetime totals moved by one movement."""
    name = _TOTAL_OF_KIND.get(kind) or ("granted" if points > 0 else "spent")
    totals: Totals = replace(state.totals, **{name: getattr(state.totals, name) + abs(points)})
    return replace(state, totals=totals)
