"""How full caps and budgets are, and the writes that fill them.

A member's cap is one item in the member's partition. A program's is spread over shards that each
hold an equal share of the limit, so that a campaign everybody earns by has no hot item. A grant
takes from one shard while that has room, and from all that have some when it has not. Every write
is conditioned on the value that was read, so no shard ever gives more than its share and no limit
is exceeded; a grant is cut only when all shards together hold less than it wants. The one
inexactness: after a limit is lowered, a shard that has given less than its new share still gives up
to that share, whatever the others have given.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from mall import keys
from mall.clock import DAY_MS, Millis
from mall.points.rules.caps import CapKey, Limit
from mall.writes import ABSENT, Write, update

SHARDS = 8
COUNTERS_MAX = 60  # that one grant may fill: its transaction holds 100 items at most
_KEPT_DAYS = 400  # longer than any period, and than most programs take late events


@dataclass(frozen=True)
class Counter:
    """One item that counts: its place in a limit, and what it has given."""

    key: keys.Key
    share: int
    used: int | None = None

    @property
    def room(self) -> int:
        """What it can still give."""
        return max(0, self.share - (self.used or 0))


def places(limit: Limit, member: str, shards: Iterable[int]) -> list[Counter]:
    """The counters of a limit, not read yet: one of the member's, or the program's shards."""
    cap = limit.key
    if cap.per == "member":
        key = keys.member_cap(member, cap.rule_id, cap.period, cap.period_key)
        return [Counter(key, limit.points)]
    return [
        Counter(
            keys.program_cap(cap.rule_id, cap.period, cap.period_key, shard),
            limit.points // SHARDS + (shard < limit.points % SHARDS),
        )
        for shard in shards
    ]


@dataclass(frozen=True)
class Counters:
    """The counters that a grant is held against, as they were read."""

    held: Mapping[CapKey, Sequence[Counter]]

    def room(self) -> dict[CapKey, int]:
        """What each cap has left; nothing, once the caps before it fill as many items as may be."""
        room, items = {}, 0
        for key, held in self.held.items():
            items += sum(1 for counter in held if counter.room)
            room[key] = sum(counter.room for counter in held) if items <= COUNTERS_MAX else 0
        return room

    def take(self, given: Mapping[CapKey, int], now: Millis) -> list[Write]:
        """The writes that count what was given; Stale when a rival was at a counter."""
        return [
            write
            for key, points in given.items()
            for write in _fill(self.held[key], points, key, now)
        ]


def _fill(held: Sequence[Counter], points: int, key: CapKey, now: Millis) -> Iterable[Write]:
    for counter in held:
        part = min(points, counter.room)
        points -= part
        if part:
            yield _count(counter, part, key, now)


def _count(counter: Counter, points: int, key: CapKey, now: Millis) -> Write:
    values = {"used": (counter.used or 0) + points}
    expression = "SET #used = :used"
    if key.period != "ever":
        expression += ", #ttl = :ttl"
        values["ttl"] = (now + _KEPT_DAYS * DAY_MS) // 1000
    if counter.used is None:
        return update("points", counter.key, expression, condition=ABSENT, more=values)
    values["was"] = counter.used
    return update("points", counter.key, expression, condition="#used = :was", more=values)


def any_shard(random: Random) -> list[int]:
    """The one shard that a grant looks at first."""
    return [random.randrange(SHARDS)]


def all_shards(random: Random) -> list[int]:
    """All shards, in some order."""
    return random.sample(range(SHARDS), SHARDS)
