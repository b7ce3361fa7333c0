"""What is left of a lottery, over shards: budget, draws of a day and in all, units of each prize.

A draw goes through one shard, so a crowd at one lottery meets on as many items as it has shards.
Only at the end, when one shard has room, another the last unit and a third the points, it goes
through several.

All of it only ever gets less, but for the draws of a day, which begin anew with the next. So what a
shard was once seen to lack it will always lack, and what is remembered of it can refuse; what it
was seen to have is held to a condition when it is used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mall import keys
from mall.lottery.lottery import Lottery
from mall.lottery.table import PrizeTable
from mall.models import MAX_INTEGER
from mall.writes import Item, Write, put, update


@dataclass(frozen=True)
class Shard:
    """One shard as it was seen.

    Its item holds `open` (1 or 0), `drawn` (draws in all), `day` and `today` (the last program day
    and its draws), `budget` (points left), and for each version and place in the table how many
    units were given, how often the prize was sampled, before pity and substitutes, and how often
    it was drawn and gone.
    """

    number: int
    item: Item

    @property
    def budget(self) -> int:
        """Points left."""
        return int(self.item["budget"])

    @property
    def drawn(self) -> int:
        """Draws through this shard so far."""
        return int(self.item["drawn"])

    @property
    def revealed(self) -> int:
        """The newest epoch of which nothing is drawn through this shard, its seed being known."""
        return int(self.item.get("revealed", 0))

    def drawn_on(self, day: str) -> int:
        """Draws through this shard on a program day."""
        return int(self.item["today"]) if self.item["day"] == day else 0

    def given(self, version: int, place: int) -> int:
        """Units of a prize that went through this shard."""
        return int(self.item.get(given(version, place), 0))

    def sampled(self, version: int, place: int) -> int:
        """How often a prize was sampled through this shard."""
        return int(self.item.get(sampled(version, place), 0))

    def instead(self, version: int, place: int) -> int:
        """How often this prize was drawn when it was gone, through this shard."""
        return int(self.item.get(instead(version, place), 0))


def given(version: int, place: int) -> str:
    """The attribute that counts the units of a prize."""
    return f"given_{version}_{place}"


def sampled(version: int, place: int) -> str:
    """The attribute that counts how often a prize was sampled."""
    return f"sampled_{version}_{place}"


def instead(version: int, place: int) -> str:
    """The attribute that counts how often a substitute came instead of a prize that was gone."""
    return f"instead_{version}_{place}"


def share(whole: int, shards: int, number: int) -> int:
    """A shard's part of a number that is split evenly; all parts come to the whole."""
    each, rest = divmod(whole, shards)
    return each + (number < rest)


def first_serial(stock: int, shards: int, number: int) -> int:
    """The first of the serials that a shard holds."""
    each, rest = divmod(stock, shards)
    return number * each + min(number, rest) + 1


def opened(lottery: Lottery) -> list[Write]:
    """Write parts that make every shard of a lottery that opens."""
    return [
        put(
            "points",
            {
                **keys.lottery_shard(lottery.lottery_id, number),
                "open": 1,
                "drawn": 0,
                "day": "",
                "today": 0,
                "budget": share(lottery.budget or 0, lottery.shards, number),
            },
        )
        for number in range(lottery.shards)
    ]


def closed(lottery_id: str, number: int) -> Write:
    """The write that closes a shard; nothing is drawn through it any more."""
    place = keys.lottery_shard(lottery_id, number)
    return update("points", place, "SET #open = :no", condition="attribute_exists(#pk)", no=0)


@dataclass(frozen=True)
class Seen:
    """All shards of a lottery as they were seen, for draws from a table on a program day."""

    lottery: Lottery
    table: PrizeTable
    day: str
    shards: Sequence[Shard]

    @property
    def over(self) -> bool:
        """Whether it is drawn out: the budget no longer pays the largest prize, or all are gone.

        The largest prize, whatever a draw would win: so whether it is taken tells nothing of that.
        """
        if sum(shard.budget for shard in self.shards) < self.table.points_most:
            return True
        limited = self.table.limited
        return self.table.when_gone == "close" and bool(limited) and all(map(self.gone, limited))

    def room_in_all(self, shard: Shard) -> int:
        """How many draws more a shard may count in its part of all; MAX_INTEGER without a limit."""
        return self._room(self.lottery.limits.program_total, shard, shard.drawn)

    def room_today(self, shard: Shard) -> int:
        """The same of the day's."""
        return self._room(self.lottery.limits.program_per_day, shard, shard.drawn_on(self.day))

    def _room(self, limit: int | None, shard: Shard, counted: int) -> int:
        most = self.most(limit, shard)
        return MAX_INTEGER if most is None else max(0, most - counted)

    def most(self, limit: int | None, shard: Shard) -> int | None:
        """A shard's part of a limit of all draws."""
        return None if limit is None else share(limit, self.lottery.shards, shard.number)

    def units(self, shard: Shard, place: int) -> int:
        """Units of a limited prize that a shard still has."""
        stock = self.table.prizes[place].stock or 0
        mine = share(stock, self.lottery.shards, shard.number)
        return mine - shard.given(self.table.version, place)

    def gone(self, place: int) -> bool:
        """Whether every unit of a prize was won. What has no end is never gone."""
        if self.table.prizes[place].stock is None:
            return False
        return not any(self.units(shard, place) for shard in self.shards)

    def left(self, shard: Shard) -> int:
        """Units of all limited prizes that a shard still has."""
        return sum(self.units(shard, place) for place in self.table.limited)

    def remaining(self) -> Mapping[str, int]:
        """Units left of each limited prize."""
        prizes = self.table.prizes
        return {
            prizes[place].prize_id: sum(self.units(shard, place) for shard in self.shards)
            for place in self.table.limited
        }

    def next_serial(self, shard: Shard, place: int) -> int:
        """The serial of the next unit of a limited prize that a shard gives."""
        first = first_serial(self.table.prizes[place].stock or 0, len(self.shards), shard.number)
        return first + shard.given(self.table.version, place)
