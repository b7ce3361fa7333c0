"""A play of draws: random lotteries, played by several processes that remember different things.

Each step a member draws through one of the processes, the clock goes on, a process begins anew, or
a request is sent again. The function may die right before or after its commit, or lose to a rival
who writes between its read and its commit. After each step the answer must be what a lottery told
the slow way says, and in the end so must every balance.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any
from unittest.mock import patch

from mall import keys
from mall.clock import DAY_MS, HOUR_MS, Clock, instant
from mall.errors import AlreadyDone, Refusal
from mall.lottery import administration, drawing, items, opening
from mall.lottery.draws import draw_id, from_item
from mall.lottery.goods import Found
from mall.lottery.requests import LotteryRequest
from mall.points import ledger
from mall.points.calendar import Calendar
from mall.points.ledger import Grant
from mall.points.ledger.entry import Source
from mall.points.ledger.writes import append
from mall.points.program import PROGRAM
from mall.store.draws import Drawing
from mall.store.ledger import head
from mall.store.lotteries import Lotteries
from mall.writes import Write

from tests.gaming import PlainSeeds
from tests.memory import MemoryStore
from tests.simulation.naive_lottery import NaiveLottery

BEGIN = 1_795_348_800_000
PROCESSES = 3
HOLD = 300


class Killed(BaseException):
    """The function died."""


class MortalStore(MemoryStore):
    """A store at whose next commit the function dies, before or after it took effect."""

    dies = ""

    def transact(self, writes: Sequence[Write]) -> None:
        """Write, unless it dies."""
        dies, self.dies = self.dies, ""
        if dies == "before":
            raise Killed()
        super().transact(writes)
        if dies == "after":
            raise Killed()


class Play:
    """One lottery, its members, the processes, and the model."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.now = BEGIN
        self.store = MortalStore()
        self.store.clock = Clock()
        self.members = [f"member-{n}" for n in range(3)]
        self.last = self.random.randbytes(32)
        self.terms = self._terms()
        self.model = NaiveLottery("lottery", self.terms, self.last)
        self._open()
        for member in self.members:
            self._give(member)
        self.processes = [self._process() for _ in range(PROCESSES)]
        self.sent: list[tuple[str, str, str, str]] = []  # member, key, client seed, answer
        self.keys = 0

    # --- what is played --------------------------------------------------------------------------

    def _terms(self) -> dict[str, Any]:
        random = self.random
        prizes: list[dict[str, Any]] = [
            {"prize_id": "nothing", "name": "N", "kind": "nothing", "weight": random.randint(1, 9)}
        ]
        for number in range(random.randint(1, 3)):
            prize: dict[str, Any] = {
                "prize_id": f"p{number}", "name": "P", "kind": "points",
                "points": random.choice((1, 20, 90)), "weight": random.randint(1, 9),
            }  # fmt: skip
            if random.random() < 0.6:
                prize |= {"stock": random.randint(1, 6), "substitute": "nothing"}
            prizes.append(prize)
        random.shuffle(prizes)
        limited = any("stock" in prize for prize in prizes)
        wanted = {
            "member_total": 12,
            "member_per_day": 4,
            "program_total": 25,
            "program_per_day": 9,
        }
        return {
            "cost": random.choice((0, 10)),
            "prizes": prizes,
            "limits": {n: m for n, m in wanted.items() if random.random() < 0.3},
            "budget": random.choice((100, 300, 10_000)),
            "shards": random.randint(1, 4),
            "when_gone": random.choice(("substitute", "close")) if limited else "substitute",
            "opens_ms": BEGIN,
            "closes_ms": BEGIN + random.randint(1, 4) * DAY_MS,
        } | (
            {"pity": {"draws": random.randint(2, 5), "prize_id": "p0"}}
            if random.random() < 0.5
            else {}
        )

    def _open(self) -> None:
        spoken = {k: v for k, v in self.terms.items() if not k.endswith("_ms")}
        request = LotteryRequest.model_validate(
            {
                **spoken,
                "name": "Wheel",
                "kind": "instant",
                "opens_at": instant(self.terms["opens_ms"]),
                "closes_at": instant(self.terms["closes_ms"]),
            }
        )
        draft = administration.draft("lottery", request, self.now)
        sealed = PlainSeeds().seal("lottery", self.last)
        seed = {**keys.sealed_seed("lottery"), "sealed": sealed}
        anchor = opening.anchor_of(self.last, draft)
        self.store.transact([items.created(draft)])
        writes, _ = opening.open_lottery(
            draft, Found({}, {}), seed, anchor, "admin", self.now, self.random
        )
        self.store.transact(writes)

    def _give(self, member: str) -> None:
        posting = ledger.open_posting(member, None, self.now)
        grant = Grant(PROGRAM.lot(self.now))
        ledger.credit(posting, "adjust", HOLD, grant, Source("adjustment", member))
        self.store.transact(append(posting))
        self.model.points[member] = HOLD

    def _process(self) -> Lotteries:
        return Lotteries(self.store, PlainSeeds)

    # --- steps -----------------------------------------------------------------------------------

    def run(self, steps: int) -> None:
        """Play so many steps, checking each."""
        for _ in range(steps):
            what = self.random.choices(
                (self._draw, self._again, self._wait, self._begin_anew), (12, 2, 2, 1)
            )[0]
            what()
        self._check_balances()

    def _draw(self) -> None:
        self.keys += 1
        key, client_seed = str(self.keys), self.random.choice(("a", "b", "héllo"))
        member = self.random.choice(self.members)
        self.store.dies = self.random.choice(("", "", "", "before", "after"))
        try:
            said = self._ask(member, key, client_seed)
        except Killed:
            said = self._ask(member, key, client_seed)
        self.store.dies = ""
        day = Calendar().day(self.now)
        against = self.model.refusals(member, self.now, day)
        if against:
            assert said in against, (said, against)
        else:
            expected = self.model.draw(member, client_seed, self.now, day)
            assert said == expected, (said, expected)
        self.sent.append((member, key, client_seed, said))

    def _again(self) -> None:
        """What was won stays won; what was refused may be drawn by now, so it is left alone."""
        won = [each for each in self.sent if each[3] in self._prizes()]
        if won:
            member, key, client_seed, said = self.random.choice(won)
            assert self._ask(member, key, client_seed) == said

    def _wait(self) -> None:
        self.now += self.random.choice((1, HOUR_MS, 10 * HOUR_MS, DAY_MS))

    def _begin_anew(self) -> None:
        self.processes[self.random.randrange(PROCESSES)] = self._process()

    def _ask(self, member: str, key: str, client_seed: str) -> str:
        """The prize, or the code of the refusal, as the handler comes to it."""
        own = draw_id("lottery", member, key)
        asked = drawing.Draft("lottery", own, member, client_seed, b"")
        process = self.random.choice(self.processes)
        try:
            return Drawing(asked, self.store, process, PROGRAM).commit().prize
        except AlreadyDone as done:
            return from_item(done.item).prize
        except Refusal as refused:
            kept = self.store.get("points", keys.draw("lottery", own))
            return from_item(kept).prize if kept else refused.code

    def _prizes(self) -> set[str]:
        return {prize["prize_id"] for prize in self.terms["prizes"]}

    def _check_balances(self) -> None:
        for member in self.members:
            newest = head(self.store, member)
            assert newest is not None
            assert newest.after.available == self.model.points[member]


@contextmanager
def played(seed: int) -> Iterator[Play]:
    """A play whose time is its own."""
    play = Play(seed)
    with (
        patch.object(Clock, "now", lambda _: play.now),
        patch("mall.store.lotteries.time.monotonic", lambda: play.now / 1000),
        patch("mall.store.draws._RANDOM", play.random),
    ):
        yield play
