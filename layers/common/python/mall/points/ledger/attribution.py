"""Attribution: how much of one grant expired unspent, told from the entries since the grant.

A lot merges all grants that expire together, and a pending key all that activate and expire
together, so whose points are left in one is a convention, and this is it: points that came first
leave first; a claw back takes from the grants of its own origin before all others; a refund gives
back what left last; activity puts the points that join an idle lot behind those that are there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from mall.points.ledger.entry import IDLE, Entry, Lot, Source, is_due, minute

Origin = tuple[Source, str]  # what caused an entry, and who: event ids belong to their partner


@dataclass
class _Share:
    """What one grant has left in a place, and what of it was spent. No origin: nobody's."""

    origin: Origin | None
    left: int
    spent: int = 0


@dataclass
class _Place:
    """A lot or a pending key, and whose points are in it, oldest first."""

    key: str
    shares: list[_Share] = field(default_factory=list)

    def add(self, origin: Origin | None, points: int) -> None:
        """Let points arrive."""
        if points > 0:
            self.shares.append(_Share(origin, points))

    def remove(self, points: int, origin: Origin | None = None) -> None:
        """Let points leave: of one origin first, then the oldest."""
        own = [share for share in self.shares if origin and share.origin == origin]
        for share in [*own, *self.shares]:
            part = min(share.left, points)
            share.left -= part
            share.spent += part
            points -= part

    def give_back(self, points: int) -> None:
        """Undo the newest spending; what was spent before the history began is nobody's."""
        for share in reversed(self.shares):
            part = min(share.spent, points)
            share.spent -= part
            share.left += part
            points -= part
        self.shares.insert(0, _Share(None, points))

    def empty(self, origin: Origin) -> int:
        """Let everything leave for good; returns what of it was of this origin."""
        own = sum(share.left for share in self.shares if share.origin == origin)
        for share in self.shares:
            share.left = 0
        return own


def origin_of(entry: Entry) -> Origin:
    """Whose movement an entry is: its source, and the partner that told of it."""
    return entry.source, entry.actor


def forgivable(
    history: Sequence[Entry], lot: Lot, pending: str | None, origin: Origin, asked_before: int
) -> int:
    """How much of a grant nobody owes, because it expired unspent and no claw back forgave it yet.

    `history` starts with the grant's entry, `lot` and `pending` say where that put the points;
    `asked_before` is the sum of the points that earlier claw backs of the grant were for. What
    they neither took nor left owing was forgiven.
    """
    own = ((a, b) for a, b in pairwise(history) if b.kind == "claw_back" and origin_of(b) == origin)
    settled = sum(b.after.shortfall - a.after.shortfall - b.points for a, b in own)
    unspent = expired_unspent(history, lot, pending, origin)
    return max(0, unspent - max(0, asked_before - settled))


def expired_unspent(history: Sequence[Entry], lot: Lot, pending: str | None, origin: Origin) -> int:
    """How much of the grant that `history` starts with expired in its lot without being spent."""
    if not history:
        return 0
    first, waits = history[0], _Place(pending or "")
    active = _Place(lot)
    given, waiting = first.lots.get(lot, 0), first.pending.get(waits.key, 0)
    active.add(None, first.after.lots.get(lot, 0) - given)
    active.add(origin, given)
    waits.add(None, first.after.pending.get(waits.key, 0) - waiting)
    waits.add(origin, waiting)
    expired = 0
    for last, entry in pairwise(history):
        _activate(active, waits, last, entry)
        if entry.kind == "expire" and entry.lots.get(active.key):
            expired += active.empty(origin)
        else:
            _renew(active, waits, last, entry)
            _move(active, entry, entry.lots.get(active.key, 0))
            _move(waits, entry, entry.pending.get(waits.key, 0))
    return expired


def _activate(active: _Place, waits: _Place, last: Entry, entry: Entry) -> None:
    """Move what activated between two entries, in its order; each pays debt first."""
    debt = last.after.debt
    now = minute(entry.at)
    for key in sorted(key for key in last.after.pending if is_due(key, now)):
        points = last.after.pending[key]
        pays = min(debt, points)
        debt -= pays
        if key == waits.key:
            waits.remove(pays)
            for share in waits.shares:
                active.add(share.origin, share.left)
            waits.shares.clear()
        elif key.partition("|")[2] == active.key:
            active.add(None, points - pays)


def _renew(active: _Place, waits: _Place, last: Entry, entry: Entry) -> None:
    """Follow the grant to the lot that an activity moved it to; others that join are nobody's."""
    if not entry.renewed or not active.key.endswith(IDLE):
        return
    active.key = max(active.key, entry.renewed)
    active.add(None, _held(entry.after.lots, entry.lots, active))
    if waits.key:
        waits.key = f"{waits.key.partition('|')[0]}|{active.key}"
        waits.add(None, _held(entry.after.pending, entry.pending, waits))


def _held(after: Mapping[str, int], moved: Mapping[str, int], place: _Place) -> int:
    """What a place held before a movement, beyond the shares that are known of it."""
    known = sum(share.left for share in place.shares)
    return after.get(place.key, 0) - moved.get(place.key, 0) - known


def _move(place: _Place, entry: Entry, moved: int) -> None:
    """Apply what one entry moved in or out of a place."""
    if moved > 0 and entry.kind == "refund":
        place.give_back(moved)
    elif moved > 0:
        place.add(origin_of(entry), moved)
    elif moved and entry.kind == "claw_back":
        place.remove(-moved, origin_of(entry))
    elif moved:
        place.remove(-moved)
