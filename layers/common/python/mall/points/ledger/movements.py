"""The movements of the ledger: each appends itself to a posting, or refuses.

Order at one instant, and why: activations first (a credit must exist before it can expire), then
expiries, then the movement; each credit pays debt before it becomes available.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile
from typing import Literal

from mall.errors import AccountClosed, InsufficientPoints, PointsLimit
from mall.models import MAX_INTEGER
from mall.points.ledger.attribution import expired_unspent, origin_of, waived
from mall.points.ledger.entry import (
    IDLE,
    Entry,
    Kind,
    Lot,
    Lots,
    Note,
    Pending,
    Source,
    State,
    is_due,
)
from mall.points.ledger.lots import allocate, credited, renewed, take
from mall.points.ledger.posting import Posting, counted

ClawBackPolicy = Literal["only_pending", "within_balance", "unlimited"]


@dataclass(frozen=True)
class Grant:
    """Where a grant went: its lot, and its pending key while it was not active yet."""

    lot: Lot
    pending: str | None = None

    def own_lots(self, lots: Iterable[Lot]) -> list[Lot]:
        """Where the grant's points are among the lots: activity moves an idle one to later."""
        if not self.lot.endswith(IDLE):
            return [self.lot]
        return sorted(lot for lot in lots if lot.endswith(IDLE) and lot >= self.lot)

    def own_pending(self, pending: Iterable[str]) -> list[str]:
        """Where the grant's points are among the pending ones."""
        if not self.pending:
            return []
        activation = self.pending.partition("|")[0]
        return [f"{activation}|{lot}" for lot in self.own_lots(k[9:] for k in pending)]


def renew(posting: Posting, lot: Lot) -> None:
    """Let the next movement be activity, which keeps all idle lots until `lot` at least."""
    state = renewed(posting.state, lot)
    if state != posting.state:
        posting.state, posting.renewed = state, lot


def credit(  # noqa: PLR0913 - what an entry says, where it goes, and why
    posting: Posting, kind: Kind, points: int, grant: Grant, source: Source,
    *, rules: str = "", actor: str = "", note: Note | None = None,
) -> None:  # fmt: skip
    """Grant points, active at once or pending until a minute. Raises AccountClosed, PointsLimit.

    A pending grant whose activation has come by now is active at once; what a late
    event grants to a lot that is gone by now expires at once, in this posting.
    """
    if not grant.pending or is_due(grant.pending, posting.now):
        return credit_lots(
            posting, kind, {grant.lot: points}, source, rules=rules, actor=actor, note=note
        )
    _refuse_closed(posting)
    state = posting.state
    _refuse_beyond_limit(state, points)
    held = state.pending.get(grant.pending, 0)
    moved = replace(state, pending={**state.pending, grant.pending: held + points})
    posting.post(
        kind, points, counted(moved, kind, points), source, rules=rules, actor=actor, note=note
    )
    return None


def credit_lots(
    posting: Posting, kind: Kind, credits: Lots, source: Source,
    *, rules: str = "", actor: str = "", note: Note | None = None,
) -> None:  # fmt: skip
    """Add points to several lots at once, debt first. Raises AccountClosed, PointsLimit.

    What belongs to a lot that is gone by now expires at once, in this posting.
    """
    _refuse_closed(posting)
    _refuse_beyond_limit(posting.state, sum(credits.values()))
    _arrive(posting, kind, credits, source, rules=rules, actor=actor, note=note)
    posting.book_expiry()


def _arrive(
    posting: Posting, kind: Kind, credits: Lots, source: Source,
    *, rules: str = "", actor: str = "", note: Note | None = None,
) -> None:  # fmt: skip
    state, points = posting.state, sum(credits.values())
    paid, lots = credited(state, credits)
    moved = replace(state, lots=lots, debt=state.debt - paid)
    posting.post(
        kind, points, counted(moved, kind, points), source, rules=rules, actor=actor, note=note
    )


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


def refund(
    posting: Posting, allocation: Lots, source: Source,
    *, reissue: Lot | None = None, owed: bool = False,
) -> None:  # fmt: skip
    """Return a redemption to the very lots it came from. Raises AccountClosed, PointsLimit.

    A recorded shortfall is taken back at once, from the soonest lots returned; then what belongs
    to a lot that is gone by now expires, all in this posting. Where the merchant is at fault it
    goes to the lot `reissue` instead and can be spent again.

    With `owed` nothing is refused: what the mall takes back by itself returns to a closed account
    too, where nobody can spend it, and to one that holds as much as an account may.
    """
    returned: dict[Lot, int] = {}
    for lot, points in allocation.items():
        place = reissue if reissue and is_due(lot, posting.now) else lot
        returned[place] = returned.get(place, 0) + points
    if not owed:
        _refuse_closed(posting)
        _refuse_beyond_limit(posting.state, sum(returned.values()))
    _arrive(posting, "refund", returned, source)
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
    from the grant on, needed only when this posting did not make the grant, and its lot is gone or
    a part was asked before under `only_pending`. What of it expired unspent is owed by nobody.

    Under `only_pending` the lots are left alone; what they do not hold, because it was spent, is a
    shortfall as under `within_balance`, and asking in parts comes to the same as asking at once.
    Raises AccountClosed.
    """
    _refuse_closed(posting)
    origin = source, actor
    known = [*history, *posting.entries]
    since = [*dropwhile(lambda entry: origin_of(entry) != origin, known)]
    before = waived(since, origin, asked_before)
    unspent = expired_unspent(since, origin) if is_due(grant.lot, posting.now) else 0
    points = max(0, points - max(0, unspent - before))
    state = posting.state
    pending, lots = dict(state.pending), dict(state.lots)
    owed = points - take(pending, grant.own_pending(pending), points)
    left = 0
    if policy == "only_pending":
        left = min(owed, max(0, state.available - max(0, before - unspent)))
    else:
        owed -= take(lots, [*grant.own_lots(lots), *sorted(lots)], owed)
    owed -= left
    in_debt = owed if policy == "unlimited" else 0
    gone = points - left - owed + in_debt
    moved = replace(
        state,
        lots=lots,
        pending=pending,
        debt=state.debt + in_debt,
        shortfall=state.shortfall + owed - in_debt,
    )
    posting.post("claw_back", -gone, counted(moved, "claw_back", -gone), source, actor=actor)


def close(posting: Posting, source: Source, actor: str) -> None:
    """Close the account: every later movement but `reopen` and an owed `refund` is refused."""
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
