"""Taking a draw from the shards: who counts it, who gives the unit, who holds the points.

    counts    shards with room in the limits in all, and of the day: #drawn and #today go up
    gives     a shard with a unit of the prize: its serials go up by exactly one
    has left  in a lottery that closes when its prizes are gone: a shard that still has some
    holds     shards whose points together would pay the largest prize; they pay this one

Mostly that is one shard. Whoever is chosen is held to what it was seen to have.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, NamedTuple

from mall import keys
from mall.errors import LotteryClosed, Stale
from mall.lottery.shards import Seen, Shard, given, instead, sampled
from mall.writes import Item, Write, check, update


class ShardMoved(Stale):
    """A shard is not as it was remembered: look at all of them."""

    rival = False


@dataclass
class _Part:
    """What a draw asks of one shard."""

    shard: Shard
    sets: list[str] = field(default_factory=list)
    adds: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=lambda: ["#open = :open"])
    values: dict[str, Any] = field(default_factory=lambda: {"open": 1})
    after: dict[str, Any] = field(default_factory=dict)

    def write(self, lottery_id: str) -> Write:
        """The write part; it means LotteryClosed, or ShardMoved."""
        place, condition = keys.lottery_shard(lottery_id, self.shard.number), " AND "
        clauses = [f"SET {', '.join(self.sets)}"] if self.sets else []
        clauses += [f"ADD {', '.join(self.adds)}"] if self.adds else []
        held = condition.join(dict.fromkeys(self.conditions))
        if not clauses:
            return check("points", place, held, refused=why_not, **self.values)
        return update(
            "points", place, " ".join(clauses), condition=held, refused=why_not, more=self.values
        )


class Places(NamedTuple):
    """Places in the table: what the sample said, what was drawn after all, and what is given."""

    sampled: int
    drawn: int
    given: int


class Taking:
    """One draw of an epoch from the shards, as they were seen. Raises nothing: ask `Seen` first."""

    def __init__(self, seen: Seen, random: Random, epoch: int, places: Places) -> None:
        prize = places.given
        self._seen = seen
        self._random = random
        self._parts: dict[int, _Part] = {}
        limited = seen.table.prizes[prize].stock is not None
        counting = self._pick(prize if limited else None)
        self.serial = self._give(counting, prize) if limited else None
        self._count(counting, places, limited=limited)
        self._hold_to_secrecy(counting, epoch)
        self._count_today(counting)
        if seen.table.when_gone == "close" and seen.table.limited:
            self._require_left(counting)
        self._pay(counting, seen.table.prizes[prize].points)

    def writes(self) -> list[Write]:
        """The write parts, the counting shard's first."""
        return [part.write(self._seen.lottery.lottery_id) for part in self._parts.values()]

    def after(self) -> list[Shard]:
        """All shards as they are known to be once the writes stand.

        Rivals may have taken more through them meanwhile, which is for the next conditions to tell.
        """
        parts = self._parts
        return [
            replace(shard, item={**shard.item, **parts[shard.number].after})
            if shard.number in parts
            else shard
            for shard in self._seen.shards
        ]

    def _pick(self, prize: int | None) -> Shard:
        """A random shard with room in all, of those that can do most of the draw alone."""
        seen, most = self._seen, self._seen.table.points_most
        wishes: list[Callable[[Shard], bool]] = [
            lambda shard: seen.room_today(shard) > 0,
            lambda shard: shard.budget >= most,
        ]
        if prize is not None:
            wishes.append(lambda shard: seen.units(shard, prize) > 0)
        if seen.table.when_gone == "close":
            wishes.append(lambda shard: seen.left(shard) > 0)
        able = [shard for shard in seen.shards if seen.room_in_all(shard)]
        for wish in wishes:
            able = [shard for shard in able if wish(shard)] or able
        return self._random.choice(able)

    def _part(self, shard: Shard) -> _Part:
        return self._parts.setdefault(shard.number, _Part(shard))

    def _count(self, shard: Shard, places: Places, *, limited: bool) -> None:
        part, seen = self._part(shard), self._seen
        version = seen.table.version
        part.values["one"] = 1
        part.sets.append("#drawn = #drawn + :one")
        part.after["drawn"] = shard.drawn + 1
        self._add_one(part, sampled(version, places.sampled))
        if places.drawn != places.given:
            self._add_one(part, instead(version, places.drawn))
        if not limited:
            self._add_one(part, given(version, places.given))
        in_all = seen.most(seen.lottery.limits.program_total, shard)
        if in_all is not None:
            part.values["drawn_most"] = in_all
            part.conditions.append("#drawn < :drawn_most")

    def _count_today(self, counting: Shard) -> None:
        seen = self._seen
        able = [shard for shard in seen.shards if seen.room_today(shard)]
        shard = counting if counting in able else self._random.choice(able)
        part = self._part(shard)
        part.values |= {"one": 1, "day": seen.day}
        part.after |= {"day": seen.day, "today": shard.drawn_on(seen.day) + 1}
        same_day = shard.item["day"] == seen.day
        part.sets += ["#today = #today + :one"] if same_day else ["#day = :day", "#today = :one"]
        part.conditions.append("#day = :day" if same_day else "#day < :day")
        a_day = seen.most(seen.lottery.limits.program_per_day, shard)
        if a_day is not None and same_day:
            part.values["today_most"] = a_day
            part.conditions.append("#today < :today_most")

    def _hold_to_secrecy(self, shard: Shard, epoch: int) -> None:
        """Nothing is drawn with a seed that is known: the shards are told of that first."""
        part = self._part(shard)
        part.values["epoch"] = epoch
        part.conditions.append("(attribute_not_exists(#revealed) OR #revealed < :epoch)")

    def _give(self, counting: Shard, place: int) -> int:
        """Take the next unit, from the counting shard where it has one. Returns its serial."""
        seen = self._seen
        holding = [shard for shard in seen.shards if seen.units(shard, place)]
        shard = counting if counting in holding else self._random.choice(holding)
        self._hold_exactly(shard, place)
        part = self._part(shard)
        part.values["one"] = 1
        self._add_one(part, given(seen.table.version, place))
        return seen.next_serial(shard, place)

    def _add_one(self, part: _Part, name: str) -> None:
        part.adds.append(f"#{name} :one")
        part.after[name] = int(part.shard.item.get(name, 0)) + 1

    def _require_left(self, counting: Shard) -> None:
        """Hold a shard to still having units, if no unit is taken anyhow."""
        seen = self._seen
        if self.serial is not None:
            return
        holding = [shard for shard in seen.shards if seen.left(shard)]
        shard = counting if counting in holding else self._random.choice(holding)
        place = next(place for place in seen.table.limited if seen.units(shard, place))
        name, part = given(seen.table.version, place), self._part(shard)
        part.values["stocked"] = shard.given(seen.table.version, place) + seen.units(shard, place)
        part.conditions.append(f"(attribute_not_exists(#{name}) OR #{name} < :stocked)")

    def _hold_exactly(self, shard: Shard, place: int) -> None:
        """Hold a shard to the number of units that it was seen to have given."""
        name = given(self._seen.table.version, place)
        known = shard.given(self._seen.table.version, place)
        part = self._part(shard)
        if known:
            part.values[name] = known
            part.conditions.append(f"#{name} = :{name}")
        else:
            part.conditions.append(f"attribute_not_exists(#{name})")

    def _pay(self, counting: Shard, points: int) -> None:
        """Hold shards to the points of the largest prize, and take this prize's points there."""
        missing, owed = self._seen.table.points_most, points
        for shard in self._payers(counting):
            held = min(shard.budget, missing)
            if not held:
                continue
            paid = min(held, owed)
            part = self._part(shard)
            part.values |= {"held": held, "points": paid} if paid else {"held": held}
            part.conditions.append("#budget >= :held")
            if paid:
                part.sets.append("#budget = #budget - :points")
                part.after["budget"] = shard.budget - paid
            missing, owed = missing - held, owed - paid
            if not missing:
                return

    def _payers(self, counting: Shard) -> list[Shard]:
        """The counting shard, then those that have most."""
        others = [shard for shard in self._seen.shards if shard.number != counting.number]
        return [counting, *sorted(others, key=lambda shard: -shard.budget)]


def why_not(shard: Item | None) -> Exception:
    """What it means that a shard did not meet its condition: LotteryClosed, or ShardMoved."""
    return LotteryClosed() if shard is not None and not shard["open"] else ShardMoved()
