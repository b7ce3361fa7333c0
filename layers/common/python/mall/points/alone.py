"""What one admin may adjust alone: sums over 24 hours, per admin and per member.

The sums are written with the adjustment, under the version that was read, so adjustments at the
same moment cannot each believe that they are the only one. What two admins agreed to is not in
them.
"""

from dataclasses import dataclass

from mall import keys
from mall.clock import DAY_MS, Millis
from mall.writes import Item, Write, put_version

MOVES_MAX = 100  # beyond it the oldest count a little longer than they would have to
_KEPT_MS = 2 * DAY_MS

Move = tuple[Millis, int]  # when, and how many points either way


@dataclass(frozen=True)
class Tally:
    """The adjustments of the last 24 hours that count on one item."""

    key: keys.Key
    version: int = 0
    moves: tuple[Move, ...] = ()

    @classmethod
    def of(cls, key: keys.Key, item: Item | None) -> "Tally":
        """The tally that stands at a key."""
        if item is None:
            return cls(key)
        return cls(key, item["version"], tuple((at, points) for at, points in item["moves"]))

    def counts(self, now: Millis) -> list[Move]:
        """What still counts: of less than 24 hours ago, oldest first."""
        return sorted(move for move in self.moves if move[0] > now - DAY_MS)

    def total(self, now: Millis) -> int:
        """The points of the last 24 hours."""
        return sum(points for _, points in self.counts(now))

    def plus(self, points: int, now: Millis) -> Write:
        """The tally with one more adjustment; of many, the oldest two become one at a time."""
        moves = [*self.counts(now), (now, points)]
        while len(moves) > MOVES_MAX:
            (_, first), (at, second), *rest = moves
            moves = [(at, first + second), *rest]
        ends_at = (now + _KEPT_MS) // 1000
        return put_version(
            "points",
            {**self.key, "moves": [[*move] for move in moves], "ttl": ends_at},
            self.version,
        )


@dataclass(frozen=True)
class Alone:
    """The two tallies that an adjustment is held against."""

    by_admin: Tally
    for_member: Tally

    def may(self, points: int, threshold: int, now: Millis) -> bool:
        """Whether this many more points either way need no second admin."""
        before = max(self.by_admin.total(now), self.for_member.total(now))
        return before + abs(points) <= threshold

    def plus(self, points: int, now: Millis) -> list[Write]:
        """Both tallies with one more adjustment; Stale when another one came in between."""
        return [tally.plus(abs(points), now) for tally in (self.by_admin, self.for_member)]
