"""A play of purchases: random limits over shards, bought by processes that remember other things.

After each step what was sold or refused must be what one counter for everything would say, and the
shards must count as much as was sold, in all and today.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from unittest.mock import patch

from mall.clock import DAY_MS, HOUR_MS, Clock
from mall.errors import Refusal
from mall.lottery import items, shards, tickets
from mall.lottery.lottery import Limits, Lottery
from mall.lottery.table import Prize, PrizeTable
from mall.points.calendar import Calendar
from mall.points.program import PROGRAM
from mall.store.lotteries import Lotteries, read_shards
from mall.store.tickets import Buying

from tests.gaming import PlainSeeds
from tests.memory import MemoryStore

BEGIN = 1_795_348_800_000
PROCESSES = 3
CODES = {"total": "limit_reached", "per_day": "daily_limit_reached"}


class TicketsPlay:
    """One lottery, its members, the processes, and a counter for everybody and for each of them."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.now = BEGIN
        self.store = MemoryStore()
        self.store.clock = Clock()
        self.members = [f"member-{n}" for n in range(3)]
        self.limits = self._limits()
        self.lottery = Lottery(
            "lottery", "scheduled", "Raffle", 0, BEGIN, BEGIN + 60 * DAY_MS,
            (PrizeTable("lottery", 1, 1, (Prize("p", "P", "points", stock=1, points=5),)),),
            status="open", shards=self.random.randint(1, 4), limits=Limits(**self.limits),
            draws_at=BEGIN + 60 * DAY_MS,
        )  # fmt: skip
        self.store.transact([items.created(self.lottery), *shards.opened(self.lottery)])
        self.processes = [Lotteries(self.store, PlainSeeds) for _ in range(PROCESSES)]
        self.sold: Counter[object] = Counter()
        self.asked = 0

    def _limits(self) -> dict[str, int]:
        wanted = {
            "member_total": self.random.randint(5, 15),
            "member_per_day": self.random.randint(2, 6),
            "program_total": self.random.randint(4, 30),
            "program_per_day": self.random.randint(2, 12),
        }
        return {name: most for name, most in wanted.items() if self.random.random() < 0.7}

    def run(self, steps: int) -> None:
        """Play so many steps, checking each."""
        for _ in range(steps):
            if self.random.random() < 0.2:
                self.now += self.random.choice((HOUR_MS, DAY_MS))
            self._buy()
            self._check_shards()

    def _buy(self) -> None:
        member, units = self.random.choice(self.members), self.random.randint(1, 4)
        against, said = self._refusals(member, units), self._ask(member, units)
        assert said in (against or {""}), (said, against)
        if not against:
            for whom in (member, "program"):
                self.sold[whom] += units
                self.sold[whom, self._day()] += units

    def _refusals(self, member: str, units: int) -> set[str]:
        """The codes of every limit that speaks against a purchase."""
        codes = set()
        for period, code in CODES.items():
            for who, whom in (("member", member), ("program", "program")):
                counted = self.sold[whom if period == "total" else (whom, self._day())]
                if counted + units > self.limits.get(f"{who}_{period}", counted + units):
                    codes.add(code)
        return codes

    def _ask(self, member: str, units: int) -> str:
        """The code of the refusal; empty for none."""
        self.asked += 1
        own = tickets.purchase_id("lottery", member, str(self.asked))
        asked = tickets.Draft("lottery", own, member, units, b"")
        process = self.random.choice(self.processes)
        try:
            self.store.commit(Buying(asked, self.store, process, PROGRAM).attempt)
        except Refusal as refused:
            return refused.code
        return ""

    def _check_shards(self) -> None:
        found = read_shards(self.store, self.lottery)
        assert sum(shard.drawn for shard in found) == self.sold["program"]
        today = sum(shard.drawn_on(self._day()) for shard in found)
        assert today == self.sold["program", self._day()]

    def _day(self) -> str:
        return Calendar().day(self.now)


@contextmanager
def sold(seed: int) -> Iterator[TicketsPlay]:
    """A play whose time is its own."""
    play = TicketsPlay(seed)
    with (
        patch.object(Clock, "now", lambda _: play.now),
        patch("mall.store.lotteries.time.monotonic", lambda: play.now / 1000),
        patch("mall.store.tickets._RANDOM", play.random),
    ):
        yield play
