"""Plays a script of movements and clock steps on the ledger and on the naive one, side by side.

A step carries only a verb and three random numbers; what it means is decided when it is played,
from what stands there then. So any part of a script is a script, and one that fails can be cut
down to the steps that matter. The same seed always gives the same script.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mall.errors import InsufficientPoints, Refusal
from mall.models import MAX_INTEGER
from mall.points import ledger
from mall.points.ledger import chain
from mall.points.calendar import NEVER, Calendar
from mall.points.ledger.entry import Entry, Source, State
from mall.points.ledger import Grant, Posting
from mall.points.ledger.lots import state_at
from mall.points.program import ClawBackPolicy

from tests.simulation.naive_ledger import NaiveLedger, Refused

MEMBER = "member"
HOUR = 3_600_000
DAY = 24 * HOUR
CLOCK_SKEW = 2_000
STARTED_AT = 1_740_000_000_000
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/Havana", "Pacific/Auckland",
    "Asia/Kathmandu",
)  # fmt: skip
_LIFETIMES = (0, 1, 1, 2, 2, 3, 7, 7, 30, 60, None)
_WEIGHTS: Mapping[str, int] = {
    "wait": 24, "earn": 18, "earn_later": 8, "redeem": 18, "refund": 12, "claw_back": 10,
    "sweep": 4, "adjust_up": 3, "adjust_down": 4, "earn_beyond": 1, "close": 1, "reopen": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """A verb, and three numbers in [0, 1) that choose what it does."""

    verb: str
    dice: tuple[float, float, float]


class Divergence(AssertionError):
    """The two ledgers disagree after step `position`."""

    def __init__(self, position: int, what: str) -> None:
        super().__init__(what)
        self.position = position


@dataclass
class Given:
    """A grant that can be clawed back. `asked` is what earlier claw backs were for."""

    source: Source
    points: int
    grant: Grant
    revision: int
    asked: int = 0


def script(seed: int, length: int) -> list[Step]:
    """The steps of a seed. A closed account is soon reopened, or nothing more would happen."""
    chance = random.Random(seed)
    steps: list[Step] = []
    closed = False
    for _ in range(length):
        [verb] = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
        if closed and chance.random() < 0.35:
            verb = "reopen"
        closed = verb == "close" or (closed and verb != "reopen")
        steps.append(Step(verb, (chance.random(), chance.random(), chance.random())))
    return steps


@dataclass
class Play:
    """One member on both ledgers."""

    zone: str
    now: int = STARTED_AT
    chain: list[Entry] = field(default_factory=list)
    redemptions: list[dict[str, int]] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self.calendar = Calendar(self.zone)
        self.naive = NaiveLedger(self.zone)
        self.clawed_after_pending: set[str] = set()

    @property
    def head(self) -> Entry | None:
        """The newest entry."""
        return self.chain[-1] if self.chain else None

    def step(self, step: Step) -> None:
        """Play one step and compare. Raises Divergence."""
        self.count += 1
        before = len(self.chain)
        getattr(self, f"_{step.verb}")(*step.dice)
        self._compare(before)

    # --- time ---

    def _wait(self, how: float, long: float, _: float) -> None:
        tomorrow = self.calendar.begins(self._day(1))
        choices = (
            self.now + 1 + int(long * 5_000),
            self.now + 1 + int(long * 30 * HOUR),
            self.now + 1 + int(long * 3 * DAY),
            self.now + 1 + int(long * 70 * DAY),
            max(self.now, tomorrow - 1),
            tomorrow,
        )
        self.now = choices[int(how * len(choices))]

    def _day(self, days: int | None) -> str:
        """The program day that many days from today."""
        if days is None:
            return NEVER
        today = datetime.strptime(self.calendar.day(self.now), "%Y%m%d")  # noqa: DTZ007 - a date
        return (today + timedelta(days=days)).strftime("%Y%m%d")

    def _clock(self, which: float) -> int:
        """The time a function sees: every seventh one's clock is two seconds slow."""
        return self.now - (CLOCK_SKEW if which * 1_000 % 1 < 1 / 7 else 0)

    # --- movements ---

    def _earn(self, amount: float, lifetime: float, clock: float) -> None:
        lot = self._day(_LIFETIMES[int(lifetime * len(_LIFETIMES))])
        self._grant(1 + int(amount * 300), Grant(lot), clock)

    def _earn_later(self, amount: float, lifetime: float, clock: float) -> None:
        days = int(amount * 1_000) % 9
        after = _LIFETIMES[int(lifetime * len(_LIFETIMES))]
        lot = self._day(None if after is None else days + after)
        activation = self._day(days)
        self._grant(1 + int(amount * 300), Grant(lot, f"{activation}|{lot}"), clock)

    def _earn_beyond(self, _: float, lifetime: float, clock: float) -> None:
        room = MAX_INTEGER - self.naive.at(self._clock(clock)).balance()
        self._grant(room + 1, Grant(NEVER), clock)

    def _grant(self, points: int, grant: Grant, clock: float) -> None:
        source = Source("purchase", str(self.count))
        activation = grant.pending.partition("|")[0] if grant.pending else ""
        done = self._both(
            clock,
            lambda posting: ledger.credit(posting, "earn", points, grant, source),
            lambda naive: naive.earn(source.id, points, grant.lot, activation),
        )
        if done:
            [entry] = (entry for entry in self.chain[-3:] if entry.source == source)
            self.given.append(Given(source, points, grant, entry.revision))

    def _redeem(self, share: float, whole: float, clock: float) -> None:
        available = self.naive.at(self._clock(clock)).available()
        points = available if whole < 0.15 else 1 + int(share * 1.15 * available)
        done = self._both(
            clock,
            lambda posting: ledger.spend(posting, "redeem", max(1, points), Source("order", "1")),
            lambda naive: self._note_allocation(naive.redeem(max(1, points))),
        )
        if done:
            self.redemptions.append(self.allocation)
            self._expect("allocation", _negative(self.chain[-1].lots), self.allocation)

    def _note_allocation(self, allocation: dict[str, int]) -> None:
        self.allocation = allocation

    def _refund(self, which: float, share: float, clock: float) -> None:
        if not self.redemptions:
            return
        left = self.redemptions[int(which * len(self.redemptions))]
        total = sum(left.values())
        parts = _latest_first(left, total if share < 0.4 else 1 + int(share * total) // 2)
        done = parts and self._both(
            clock,
            lambda posting: ledger.refund(posting, parts, Source("order", "1")),
            lambda naive: naive.refund(parts),
        )
        if done:
            for day, points in parts.items():
                left[day] -= points

    def _claw_back(self, which: float, share: float, clock: float) -> None:
        if not self.given:
            return
        given = self.given[int(which * len(self.given))]
        if not self._attributable(given, clock):
            return
        whole = given.points - given.asked
        points = whole if share < 0.5 else int(share * whole)
        policy: ClawBackPolicy = "unlimited" if int(which * 1_000) % 2 else "within_balance"
        history = self.chain[given.revision - 1 :]
        done = points and self._both(
            clock,
            lambda posting: ledger.claw_back(
                posting, points, given.grant, policy, given.source,
                history=history, asked_before=given.asked,
            ),
            lambda naive: naive.claw_back(given.source.id, points, policy == "unlimited"),
        )  # fmt: skip
        if done:
            given.asked += points
            if given.grant.pending:
                self.clawed_after_pending.add(given.grant.lot)

    def _attributable(self, given: Given, clock: float) -> bool:
        """Whether the entries tell whose points expired in the grant's lot.

        They do unless the grant, or one in its lot that was clawed back, was pending at first.
        """
        at = max(self._clock(clock), self.chain[-1].at)
        gone = given.grant.lot <= self.calendar.day(at)
        return not gone or not (given.grant.pending or given.grant.lot in self.clawed_after_pending)

    def _adjust_up(self, amount: float, lifetime: float, clock: float) -> None:
        points, source = 1 + int(amount * 200), Source("adjustment", str(self.count))
        lot = self._day(_LIFETIMES[int(lifetime * len(_LIFETIMES))])
        self._both(
            clock,
            lambda posting: ledger.credit(posting, "adjust", points, Grant(lot), source),
            lambda naive: naive.adjust(source.id, points, lot),
        )

    def _adjust_down(self, amount: float, _: float, clock: float) -> None:
        points, source = 1 + int(amount * 200), Source("adjustment", str(self.count))
        self._both(
            clock,
            lambda posting: ledger.spend(posting, "adjust", points, source),
            lambda naive: naive.adjust(source.id, -points),
        )

    def _sweep(self, _: float, __: float, clock: float) -> None:
        expired = self.naive.expired
        swept = self.naive.at(self._clock(clock))
        posting = ledger.open_posting(MEMBER, self.head, self._clock(clock), self.calendar)
        self._expect("swept", bool(posting.entries), swept.expired > expired)
        self.chain += posting.entries
        if posting.entries:
            self.naive = swept

    def _close(self, _: float, __: float, clock: float) -> None:
        self._both(
            clock,
            lambda posting: ledger.close(posting, Source("admin", "1"), "admin"),
            lambda naive: naive.close(),
        )

    def _reopen(self, _: float, __: float, clock: float) -> None:
        self._both(
            clock,
            lambda posting: ledger.reopen(posting, Source("admin", "1"), "admin"),
            lambda naive: naive.reopen(),
        )

    def _both(
        self,
        clock: float,
        move: Callable[[Posting], None],
        move_naively: Callable[[NaiveLedger], None],
    ) -> bool:
        """Make one movement on both; returns whether it was made. A refusal leaves no trace."""
        now = self._clock(clock)
        naive = self.naive.at(now)
        posting = ledger.open_posting(MEMBER, self.head, now, self.calendar)
        refusals: list[str] = ["", ""]
        try:
            move(posting)
        except Refusal as refusal:
            refusals[0] = refusal.code
            if isinstance(refusal, InsufficientPoints):
                self._expect("fact", refusal.facts["available"], naive.available())
        try:
            move_naively(naive)
        except Refused as refused:
            refusals[1] = refused.reason
        self._expect("refusal", *refusals)
        if any(refusals) or not posting.entries:
            return False
        self.chain += posting.entries
        self.naive = naive
        return True

    # --- the comparison ---

    def _compare(self, entries_before: int) -> None:
        state = self.head.after if self.head else State()
        state = state_at(state, self.now, self.calendar)
        naive = self.naive.at(self.now)
        self._expect("lots", dict(state.lots), naive.lots())
        self._expect("pending", dict(state.pending), naive.waiting())
        self._expect("debt", state.debt, naive.debt)
        self._expect("shortfall", state.shortfall, naive.shortfall)
        self._expect("closed", state.closed, naive.closed)
        self._expect("granted", state.totals.granted, naive.granted)
        self._expect("refunded", state.totals.refunded, naive.refunded)
        self._expect("spent", state.totals.spent, naive.spent)
        self._expect("expired", state.totals.expired, naive.expired)
        self._expect("clawed back", state.totals.clawed_back, naive.clawed_back)
        self._expect("conservation", state.net, state.totals.net)
        for position in range(entries_before, len(self.chain)):
            last = self.chain[position - 1] if position else None
            follows = chain.follows(last, self.chain[position], self.calendar)
            self._expect(f"entry {position + 1} follows", follows, True)

    def _expect(self, what: str, ledger_says: object, naive_says: object) -> None:
        if ledger_says != naive_says:
            raise Divergence(self.count, f"{what}: {ledger_says} instead of {naive_says}")


def play(seed: int, steps: Sequence[Step]) -> Play:
    """Play steps in the zone of the seed. Raises Divergence."""
    one = Play(ZONES[seed % len(ZONES)])
    for step in steps:
        one.step(step)
    verdict = chain.verify(one.chain, one.calendar)
    if not verdict.valid:
        raise Divergence(len(steps), f"the chain breaks at entry {verdict.first_bad_revision}")
    return one


def play_or_explain(seed: int, length: int) -> Play:
    """Play a seed; on a divergence, say which steps still show it after all others are cut."""
    steps = script(seed, length)
    try:
        return play(seed, steps)
    except Divergence as first:
        steps, divergence = _cut(seed, steps[: first.position], first)
        shown = "\n".join(f"  {step}" for step in steps)
        why = f"{divergence} (seed {seed}, step {first.position}; still with only)\n{shown}"
        raise Divergence(first.position, why) from first


def _cut(seed: int, steps: list[Step], why: Divergence) -> tuple[list[Step], Divergence]:
    """Leave out, from the last to the first, each step without which it still goes wrong."""
    for position in reversed(range(len(steps))):
        fewer = steps[:position] + steps[position + 1 :]
        try:
            play(seed, fewer)
        except Divergence as still:
            steps, why = fewer[: still.position], still
    return steps, why


def _latest_first(left: Mapping[str, int], points: int) -> dict[str, int]:
    """Which lots a partial refund fills: the latest expiry of the allocation first."""

    def fill() -> Iterator[tuple[str, int]]:
        rest = points
        for day in sorted(left, reverse=True):
            part = min(rest, left[day])
            rest -= part
            if part:
                yield day, part

    return dict(fill())


def _negative(lots: Mapping[str, int]) -> dict[str, int]:
    return {day: -points for day, points in lots.items()}
