"""Attribution: how much of one grant expired unspent, told from the entries since the grant.

A lot merges all grants that expire on one day, so whose points are left in it is a convention, and
this is it: points that came first leave first; a claw back takes from the grants of its own origin
before all others; a refund gives back what left last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mall.points.calendar import Day
from mall.points.entry import Entry, Source

Origin = tuple[Source, str]  # what caused an entry, and who: event ids belong to their partner


@dataclass
class _Share:
    """What one grant has left in the lot, and what of it was spent. No origin: nobody's."""

    origin: Origin | None
    left: int
    spent: int = 0

    def take(self, points: int) -> int:
        """Take up to `points`; returns what could not be taken."""
        part = min(self.left, points)
        self.left -= part
        return points - part


def origin_of(entry: Entry) -> Origin:
    """Whose movement an entry is: its source, and the partner that told of it."""
    return entry.source, entry.actor


def forgivable(history: Sequence[Entry], lot: Day, origin: Origin, asked_before: int) -> int:
    """How much of a grant nobody owes, because it expired unspent and no claw back forgave it yet.

    `history` starts with the grant's entry; `asked_before` is the sum of the points that earlier
    claw backs of the grant were for. What they neither took nor left owing was forgiven.
    """
    own = ((a, b) for a, b in pairwise(history) if b.kind == "claw_back" and origin_of(b) == origin)
    settled = sum(b.after.shortfall - a.after.shortfall - b.points for a, b in own)
    return expired_unspent(history, lot, origin) - max(0, asked_before - settled)


def expired_unspent(history: Sequence[Entry], lot: Day, origin: Origin) -> int:
    """How much of the grant that `history` starts with expired in its lot without being spent.

    A grant that was pending at first has no share: what it brought counts as nobody's.
    """
    if not history:
        return 0
    given = history[0].lots.get(lot, 0)
    own = _Share(origin, given)
    shares = [_Share(None, history[0].after.lots.get(lot, 0) - given), own]
    expired = 0
    for last, entry in pairwise(history):
        moved = entry.lots.get(lot, 0)
        activated = entry.after.lots.get(lot, 0) - last.after.lots.get(lot, 0) - moved
        shares.append(_Share(None, activated))
        if entry.kind == "expire" and moved:
            expired += own.left
            for share in shares:
                share.left = 0
        else:
            _move(shares, entry, moved)
    return expired


def _move(shares: list[_Share], entry: Entry, moved: int) -> None:
    """Apply what one entry moved in or out of the lot."""
    if moved > 0 and entry.kind == "refund":
        _give_back(shares, moved)
    elif moved > 0:
        shares.append(_Share(origin_of(entry), moved))
    elif moved and entry.kind == "claw_back":
        own = (share for share in shares if share.origin == origin_of(entry))
        _spend(shares, _take(own, -moved))
    elif moved:
        _spend(shares, -moved)


def _take(shares: Iterable[_Share], points: int) -> int:
    for share in shares:
        points = share.take(points)
    return points


def _spend(shares: Iterable[_Share], points: int) -> None:
    for share in shares:
        rest = share.take(points)
        share.spent += points - rest
        points = rest


def _give_back(shares: Sequence[_Share], points: int) -> None:
    """Undo the newest spending; what was spent before the history began is nobody's."""
    for share in reversed(shares):
        part = min(share.spent, points)
        share.spent -= part
        share.left += part
        points -= part
    shares[0].left += points
