"""The ledger: given a member's newest entry and the time, the next entries or a refusal.

Every movement first applies what time has done since the head (`state_at`), books an expiry that
is due as its own entry, and then appends itself. A race makes one writer lose the next revision;
it reads again and decides again. Nothing here knows who stores the entries.

Order at one instant, and why: activations first (a credit must exist before it can expire), then
expiries, then the movement; each credit pays debt before it becomes available.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import dropwhile
from typing import Literal

from mall.clock import Millis
from mall.errors import AccountClosed, InsufficientPoints, PointsLimit
from mall.models import MAX_INTEGER
from mall.points.attribution import forgivable, origin_of
from mall.points.calendar import Calendar, Day
from mall.points.entry import (
    GENESIS,
    Entry,
    Kind,
    Lots,
    Note,
    Pending,
    Source,
    State,
    Totals,
    sealed,
)
from mall.points.lots import activate, allocate, credited, due_lots, take
from mall.points.program import ClawBackPolicy

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


@dataclass(frozen=True)
class Grant:
    """Where a grant went: its lot, and its pending key while it was not active yet."""

    lot: Day
    pending: str | None = None


# --- a posting -----------------------------------------------------------------------------------


@dataclass
class Posting:
    """The entries that one commit appends to a chain; due expiries are booked on opening."""

    member: str
    head: Entry | None
    at: Millis
    today: Day
    state: State
    entries: list[Entry] = field(default_factory=list)

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
                    rules=rules,
                    actor=actor,
                    note=note,
                )
            )
        )
        self.state = after

    def book_expiry(self) -> None:
        """Append an `expire` entry when a lot is gone by now; it names every such lot."""
        gone = due_lots(self.state, self.today)
        if not gone:
            return
        points = sum(gone.values())
        lots = {day: held for day, held in self.state.lots.items() if day not in gone}
        after = counted(replace(self.state, lots=lots), "expire", -points)
        self.post("expire", -points, after, Source("expiry", self.today))


def open_posting(member: str, head: Entry | None, now: Millis, calendar: Calendar) -> Posting:
    """Begin a commit: time never runs backwards along a chain, and what is due is booked."""
    at = max(now, head.at) if head else now
    today = calendar.day(at)
    state = activate(head.after, today) if head else State()
    posting = Posting(member, head, at, today, state)
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


# --- movements -----------------------------------------------------------------------------------


def credit(  # noqa: PLR0913 - what an entry says, where it goes, and why
    posting: Posting, kind: Kind, points: int, grant: Grant, source: Source,
    *, rules: str = "", actor: str = "", note: Note | None = None,
) -> None:  # fmt: skip
    """Grant points, active at once or pending until a day. Raises AccountClosed, PointsLimit.

    A pending grant whose activation day has come by now is active at once; what a late
    event grants to a lot that is gone by now expires at once, in this posting.
    """
    _refuse_closed(posting)
    state = posting.state
    _refuse_beyond_limit(state, points)
    if grant.pending and grant.pending.partition("|")[0] > posting.today:
        held = state.pending.get(grant.pending, 0)
        moved = replace(state, pending={**state.pending, grant.pending: held + points})
    else:
        paid, lots = credited(state, {grant.lot: points})
        moved = replace(state, lots=lots, debt=state.debt - paid)
    posting.post(
        kind, points, counted(moved, kind, points), source, rules=rules, actor=actor, note=note
    )
    posting.book_expiry()


def spend(
    posting: Posting, kind: Kind, points: int, source: Source,
    *, actor: str = "", note: Note | None = None,
) -> None:  # fmt: skip
    """Take points, soonest expiry first. Raises AccountClosed, InsufficientPoints(available)."""
    _refuse_closed(posting)
    state = posting.state
    if state.available < points:
        raise InsufficientPoints(available=state.available)
    taken = allocate(state.lots, points)
    moved = replace(state, lots=_without(state.lots, taken))
    posting.post(kind, -points, counted(moved, kind, -points), source, actor=actor, note=note)


def refund(posting: Posting, allocation: Lots, source: Source) -> None:
    """Return a redemption to the very lots it came from. Raises AccountClosed, PointsLimit.

    A recorded shortfall is taken back at once, from the soonest lots returned; then what belongs
    to a lot that is gone by now expires, all in this posting.
    """
    _refuse_closed(posting)
    points = sum(allocation.values())
    _refuse_beyond_limit(posting.state, points)
    paid, lots = credited(posting.state, allocation)
    moved = replace(posting.state, lots=lots, debt=posting.state.debt - paid)
    posting.post("refund", points, counted(moved, "refund", points), source)
    _recover_shortfall(posting, posting.entries[-1].lots, source)
    posting.book_expiry()


def _recover_shortfall(posting: Posting, returned: Lots, source: Source) -> None:
    """Take a recorded shortfall from what a refund returned, never from new earnings."""
    state = posting.state
    owed = min(state.shortfall, sum(returned.values()))
    if not owed:
        return
    lots = _without(state.lots, allocate(returned, owed))
    moved = replace(state, lots=lots, shortfall=state.shortfall - owed)
    posting.post("claw_back", -owed, counted(moved, "claw_back", -owed), source)


def claw_back(  # noqa: PLR0913 - what was granted, where it went, and the rule for the rest
    posting: Posting, points: int, grant: Grant, policy: ClawBackPolicy, source: Source,
    *, history: Sequence[Entry] = (), asked_before: int = 0, actor: str = "",
) -> None:  # fmt: skip
    """Take a grant back: its pending part, its lot, then soonest expiry; the rest by policy.

    `points` is the part of the amount stored at earning that is taken back now, `asked_before` the
    sum of the parts before it; `source` and `actor` are the grant's own. `history` are the entries
    from the grant on, needed only when its lot is gone and this posting did not make the grant:
    what of it expired unspent is owed by nobody.
    Raises AccountClosed.
    """
    _refuse_closed(posting)
    if grant.lot <= posting.today:
        origin = source, actor
        known = [*history, *posting.entries]
        since = [*dropwhile(lambda entry: origin_of(entry) != origin, known)]
        points -= min(points, forgivable(since, grant.lot, origin, asked_before))
    state = posting.state
    pending, lots = dict(state.pending), dict(state.lots)
    rest = points - take(pending, [grant.pending] if grant.pending else [], points)
    rest -= take(lots, [grant.lot, *sorted(lots)], rest)
    in_debt = rest if policy == "unlimited" else 0
    moved = replace(
        state,
        lots=lots,
        pending=pending,
        debt=state.debt + in_debt,
        shortfall=state.shortfall + rest - in_debt,
    )
    taken = points - rest + in_debt
    after = counted(moved, "claw_back", -taken)
    posting.post("claw_back", -taken, after, source, actor=actor)


def close(posting: Posting, source: Source, actor: str) -> None:
    """Close the account: every later movement but `reopen` is refused."""
    _refuse_closed(posting)
    posting.post("close", 0, replace(posting.state, closed=True), source, actor=actor)


def reopen(posting: Posting, source: Source, actor: str) -> None:
    """Open a closed account again; an open one stays as it is."""
    if posting.state.closed:
        posting.post("reopen", 0, replace(posting.state, closed=False), source, actor=actor)


def _refuse_closed(posting: Posting) -> None:
    if posting.state.closed:
        raise AccountClosed()


def _refuse_beyond_limit(state: State, points: int) -> None:
    if state.available + state.pending_points + points > MAX_INTEGER:
        raise PointsLimit()


def _without(held: Lots | Pending, taken: Mapping[str, int]) -> dict[str, int]:
    left = {key: points - taken.get(key, 0) for key, points in held.items()}
    return {key: points for key, points in left.items() if points}
