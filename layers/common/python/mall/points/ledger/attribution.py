"""Attribution: how much of one grant expired unspent, told from the entries since the grant.

A lot merges all grants that expire together, and a pending key all that activate and expire
together, so whose points are left in one is a convention, and this is it: points leave in order of
earning, whenever they became active; a claw back takes from the grants of its own origin before
all others; a refund gives back to a lot what its own order took there, the last first. A refund
is its order's by its source, which is that of the spend. What a merchant's fault reissued in
another lot is nobody's: it leaves first, and what it was spent from stays spent.

So all that was earned before a grant stands before it, and the entries since the grant are enough.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from mall.points.ledger.entry import IDLE, Entry, Source, is_due, minute
from mall.points.ledger.lots import later

Origin = tuple[Source, str]  # what caused an entry, and who: event ids belong to their partner


def origin_of(entry: Entry) -> Origin:
    """Whose movement an entry is: its source, and the partner that told of it."""
    return entry.source, entry.actor


def waived(history: Sequence[Entry], origin: Origin, asked_before: int) -> int:
    """What earlier claw backs of a grant were for, and neither took nor left owing.

    It was forgiven, because it had expired unspent, or left to the member. `history` starts with
    the grant's entry; `asked_before` is the sum of the points that those claw backs were for.
    """
    own = ((a, b) for a, b in pairwise(history) if b.kind == "claw_back" and origin_of(b) == origin)
    settled = sum(b.after.shortfall - a.after.shortfall - b.points for a, b in own)
    return max(0, asked_before - settled) if history else 0


def expired_unspent(history: Sequence[Entry], origin: Origin) -> int:
    """How many of the points of an origin, since the entry that `history` starts with, expired."""
    if not history:
        return 0
    holdings = _Holdings(history[0])
    gone = (share for a, b in pairwise(history) for share in holdings.follow(a, b))
    return sum(share.points for share in gone if share.origin == origin)


@dataclass
class _Share:
    """Points of one entry that lie together. No origin: nobody's, or from before the history."""

    points: int
    origin: Origin | None = None
    earned: int = 0  # the revision of the entry


class _Holdings:
    """Whose points are in each lot and pending key, and whose each source spent from it.

    What is held stands in order of earning, what was spent in order of spending.
    """

    def __init__(self, first: Entry) -> None:
        self._held: dict[str, list[_Share]] = {}
        self._spent: dict[tuple[str, Source], list[_Share]] = {}
        moved = {**first.lots, **first.pending}
        for key, points in [*first.after.lots.items(), *first.after.pending.items()]:
            own = max(0, moved.get(key, 0))
            self._held[key] = [_Share(points - own), _share_of(first, own)]

    def follow(self, last: Entry, entry: Entry) -> Iterable[_Share]:
        """Apply what time did since `last`, and then the entry; returns what expired."""
        self._activate(last.after.debt, minute(entry.at))
        if entry.kind == "expire":
            return [share for lot in entry.lots for share in self._held.pop(lot, [])]
        for key in [key for key in self._held if key.endswith(IDLE)]:
            self._add(later(key, entry.renewed), *self._held.pop(key))
        for key, points in [*entry.lots.items(), *entry.pending.items()]:
            self._move(entry, key, points)
        return []

    def _activate(self, debt: int, now: str) -> None:
        for key in sorted(key for key in self._held if "|" in key and is_due(key, now)):
            debt -= sum(share.points for share in self._leave(key, debt))
            self._add(key.partition("|")[2], *self._held.pop(key))

    def _move(self, entry: Entry, key: str, points: int) -> None:
        if points > 0 and entry.kind == "refund":
            self._return(key, points, entry.source)
        elif points > 0:
            self._add(key, _share_of(entry, points))
        elif entry.kind == "claw_back":
            self._leave(key, -points, origin_of(entry))
        else:
            spent = self._spent.setdefault((key, entry.source), [])
            spent.extend(self._leave(key, -points))

    def _add(self, key: str, *shares: _Share) -> None:
        held = [*self._held.get(key, []), *shares]
        self._held[key] = sorted(held, key=lambda share: share.earned)

    def _leave(self, key: str, points: int, origin: Origin | None = None) -> list[_Share]:
        held = self._held.get(key, [])
        own = [share for share in held if origin and share.origin == origin]
        left = []
        for share in [*own, *held]:
            part = min(share.points, points)
            points -= part
            share.points -= part
            left.append(replace(share, points=part))
        return [share for share in left if share.points]

    def _return(self, key: str, points: int, by: Source) -> None:
        spent = self._spent.get((key, by), [])
        while points:
            last = spent[-1] if spent else _Share(points)
            part = min(last.points, points)
            points -= part
            last.points -= part
            self._add(key, replace(last, points=part))
            if spent and not last.points:
                spent.pop()


def _share_of(entry: Entry, points: int) -> _Share:
    return _Share(points, origin_of(entry), entry.revision)
