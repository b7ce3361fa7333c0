"""Verify: replay a member's chain from entry 1 and name the first entry that cannot be true.

Each entry is held against the one before it: its number, time, link and hash, and then its whole
state after, which the state before, the time and the movement determine. What verify cannot see:
a tail cut off whole, and a tail replaced by other movements that were possible and hashed anew
(an older export of the chain shows it; how much a claw back was for, and what a refund may return,
stands with purchase and order; how long a credit or activity lasts was the program's to say).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from mall.clock import Millis
from mall.points.ledger.entry import (
    GENESIS,
    IDLE,
    NEVER,
    Entry,
    Kind,
    State,
    is_due,
    minute,
    sealed,
)
from mall.points.ledger.lots import activate, allocate, due_lots, renewed, take
from mall.points.ledger.posting import counted

_END_OF_TIME: Millis = 10**8 * 60_000  # in 2160 minutes come to have nine digits
_LOT = re.compile(rf"\d{{8}}{IDLE}?|{NEVER}")
_PENDING = re.compile(rf"\d{{8}}\|({_LOT.pattern})")


@dataclass(frozen=True)
class Verdict:
    """What a replay found. `first_bad_revision` is None for a valid chain."""

    entries: int
    first_bad_revision: int | None = None

    @property
    def valid(self) -> bool:
        """Whether every entry follows from the one before it."""
        return self.first_bad_revision is None


def verify(
    entries: Iterable[Entry], counted_revision: int = 0, counted_hash: bytes = b""
) -> Verdict:
    """Replay entries, oldest first. O(n) hashes; holds two entries at a time.

    The first bad revision is the place in the chain of the first entry that does not follow. An
    entry that was changed and hashed anew into something possible shows at the entry after it.
    `counted_revision` and `counted_hash` are the newest entry that somebody else has noted: a chain
    that is shorter, or has another entry there, is bad at the place where they part.
    """
    last: Entry | None = None
    count = 0
    for entry in entries:
        count += 1
        if not follows(last, entry) or (count == counted_revision and entry.hash != counted_hash):
            return Verdict(count, count)
        last = entry
    return Verdict(count, count + 1 if count < counted_revision else None)


def follows(last: Entry | None, entry: Entry) -> bool:
    """Whether `entry` can be the one after `last`; None stands before the first entry."""
    linked = (
        entry.revision == (last.revision + 1 if last else 1)
        and entry.prev_hash == (last.hash if last else GENESIS)
        and entry.hash == sealed(entry).hash
        and (last.at if last else 0) <= entry.at < _END_OF_TIME
        and entry.member == (last.member if last else entry.member)
    )
    return linked and _named(entry) and _moved(last, entry)


def _named(entry: Entry) -> bool:
    """Whether every lot and pending grant that moved has a key that time can be told from."""
    lots = [*entry.lots, *([entry.renewed] if entry.renewed else [])]
    return all(map(_LOT.fullmatch, lots)) and all(map(_PENDING.fullmatch, entry.pending))


def _moved(last: Entry | None, entry: Entry) -> bool:
    """Whether the state after is the state before, time applied, plus the movement."""
    now = minute(entry.at)
    base = activate(last.after if last else State(), now)
    gone = due_lots(base, now)
    if last and (owed := _owed_from_refund(last)):
        possible = _recovers(base, entry, last, owed) and not entry.renewed
    elif gone:
        possible = entry.kind == "expire" and entry.lots == _negative(gone) and not entry.renewed
    else:
        base, kept = _renewed(base, entry)
        possible = kept and entry.kind != "expire" and _possible(base, entry)
    return possible and _arrives(base, entry)


def _renewed(base: State, entry: Entry) -> tuple[State, bool]:
    """The state after the activity that an entry notes, and whether it could be and moved any."""
    if not entry.renewed:
        return base, True
    after = renewed(base, entry.renewed)
    active = entry.kind not in ("refund", "claw_back", "close", "reopen")
    return after, active and entry.renewed.endswith(IDLE) and after != base


def _arrives(base: State, entry: Entry) -> bool:
    """Whether the state after holds what the movement says, in the balance as in the totals.

    Both change by the same points, so points are conserved along the chain.
    """
    after = entry.after
    closed = {"close": True, "reopen": False}.get(entry.kind, base.closed)
    return (
        after.lots == _plus(base.lots, entry.lots)
        and after.pending == _plus(base.pending, entry.pending)
        and all(points > 0 for points in (*after.lots.values(), *after.pending.values()))
        and all((*entry.lots.values(), *entry.pending.values()))
        and after.closed is closed
        and after.net - base.net == entry.points
        and after.totals == counted(base, entry.kind, entry.points).totals
        and (entry.kind == "claw_back" or after.shortfall == base.shortfall)
    )


# --- what each movement may do -------------------------------------------------------------------


def _possible(base: State, entry: Entry) -> bool:
    """Whether an account could move so: a closed one by `reopen` and refunds that are owed."""
    rule = _RULES.get(entry.kind)
    open_or_not = entry.kind == "refund" or base.closed == (entry.kind == "reopen")
    return rule is not None and open_or_not and rule(base, entry)


def _spends(base: State, entry: Entry) -> bool:
    """Points leave soonest expiry first; nothing is spent into debt."""
    return (
        0 < -entry.points <= base.available
        and entry.lots == _negative(allocate(base.lots, -entry.points))
        and not entry.pending
    )


def _credits(base: State, entry: Entry) -> bool:
    """Points arrive and pay debt first, or wait in one pending grant and pay nothing yet."""
    arriving = (*entry.lots.values(), *entry.pending.values())
    if entry.points <= 0 or min(arriving, default=1) <= 0:
        return False
    if entry.pending:
        waits = not any(is_due(key, minute(entry.at)) for key in entry.pending)
        one = len(entry.pending) == 1 and not entry.lots
        return waits and one and entry.after.debt == base.debt
    return entry.after.debt == max(0, base.debt - entry.points)


def _adjusts(base: State, entry: Entry) -> bool:
    return _spends(base, entry) if entry.points < 0 else _credits(base, entry)


def _claws(base: State, entry: Entry) -> bool:
    """Points leave one pending grant, one lot, then soonest expiry; only then is the rest owed."""
    debt = entry.after.debt - base.debt
    shortfall = entry.after.shortfall - base.shortfall
    if debt < 0 or shortfall < 0 or (debt and shortfall):
        return False
    lots_were_spared = shortfall and not entry.lots
    if (debt or shortfall) and entry.after.available and not lots_were_spared:
        return False
    pending_first = len(entry.pending) <= 1 and all(n < 0 for n in entry.pending.values())
    return pending_first and any(_in_order(base, entry, own) for own in _own_lots(entry))


def _own_lots(entry: Entry) -> Iterable[list[str]]:
    """What a claw back may have taken from first: any one lot, or the idle ones from one on."""
    idle = sorted(lot for lot in entry.lots if lot.endswith(IDLE))
    return [[], *([lot] for lot in entry.lots), *(idle[n:] for n in range(len(idle)))]


def _in_order(base: State, entry: Entry, own: list[str]) -> bool:
    """Whether the lots were taken from the grant's own lot first and then by expiry."""
    left = dict(base.lots)
    taken = -sum(entry.lots.values())
    if taken < 0:
        return False
    take(left, [*own, *sorted(left)], taken)
    return left == _plus(base.lots, entry.lots)


def _rests(base: State, entry: Entry) -> bool:
    """Closing and reopening move nothing."""
    return not (entry.points or entry.lots or entry.pending) and entry.after.debt == base.debt


_RULES: Mapping[Kind, Callable[[State, Entry], bool]] = {
    "earn": _credits,
    "lottery_prize": _credits,
    "check_in": _credits,
    "transfer_in": _credits,
    "refund": _credits,
    "redeem": _spends,
    "lottery_cost": _spends,
    "discount": _spends,
    "transfer_out": _spends,
    "adjust": _adjusts,
    "claw_back": _claws,
    "close": _rests,
    "reopen": _rests,
}


def _owed_from_refund(last: Entry) -> int:
    """The shortfall that must be taken from what the last entry returned, if it is a refund."""
    return min(last.after.shortfall, sum(last.lots.values())) if last.kind == "refund" else 0


def _recovers(base: State, entry: Entry, refund: Entry, owed: int) -> bool:
    """Whether the entry takes exactly the shortfall from exactly what the refund returned."""
    return (
        entry.kind == "claw_back"
        and entry.source == refund.source
        and entry.points == -owed
        and entry.lots == _negative(allocate(refund.lots, owed))
        and not entry.pending
        and (entry.after.debt, entry.after.shortfall) == (base.debt, base.shortfall - owed)
    )


def _negative(lots: Mapping[str, int]) -> dict[str, int]:
    return {lot: -points for lot, points in lots.items()}


def _plus(held: Mapping[str, int], change: Mapping[str, int]) -> dict[str, int]:
    sums = {key: held.get(key, 0) + change.get(key, 0) for key in {*held, *change}}
    return {key: points for key, points in sums.items() if points}
