"""Plays a script of movements and clock steps on the ledger and on the naive one, side by side.

A step carries only a verb and three random numbers; what it means is decided when it is played,
from what stands there then. So any part of a script is a script, and one that fails can be cut
down to the steps that matter. The same seed always gives the same script.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from mall.errors import InsufficientPoints, Refusal
from mall.models import MAX_INTEGER
from mall.points import ledger
from mall.points.ledger import Grant, Posting, chain
from mall.points.ledger.entry import NEVER, Entry, Kind, Source, State
from mall.points.ledger.lots import last_of, state_at
from mall.points.ledger.movements import ClawBackPolicy
from mall.points.program import Program, ProgramSettings
from mall.points.program.expiry import Inactivity, NoExpiry

from tests.simulation.divergence import Divergence, cut
from tests.simulation.naive_ledger import (
    NaiveLedger,
    Refused,
    after_idle_month,
    first_instant,
    in_days,
    local_day,
)

MEMBER = "member"
HOUR = 3_600_000
DAY = 24 * HOUR
CLOCK_SKEW = 2_000
STARTED_AT = 1_740_000_000_000
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/Havana", "Pacific/Auckland",
    "Asia/Kathmandu",
)  # fmt: skip
GRACE_DAYS = 3
_MEMBER_IDLE = Inactivity(policy="inactivity", months=1, round_to="day")
_POLICIES: tuple[ClawBackPolicy, ...] = ("only_pending", "within_balance", "unlimited")
_LIFETIMES = (0, 1, 1, 2, 2, 3, 7, 7, 30, 60, None)
_WEIGHTS: Mapping[str, int] = {
    "wait": 24, "earn": 16, "earn_later": 10, "redeem": 16, "refund": 10, "refund_at_fault": 4,
    "claw_back": 13, "sweep": 3, "check_in": 2, "transfer_in": 3, "transfer_out": 3,
    "adjust_up": 2, "adjust_down": 3, "change_expiry": 3, "change_zone": 2, "earn_beyond": 1,
    "close": 1, "reopen": 1,
}  # fmt: skip
ORDERS: Mapping[str, int] = {"wait": 5, "earn": 8, "redeem": 10, "refund": 6, "claw_back": 6}


@dataclass(frozen=True)
class Step:
    """A verb, and three numbers in [0, 1) that choose what it does."""

    verb: str
    dice: tuple[float, float, float]


@dataclass
class Redemption:
    """An order, and what is left of its allocation."""

    source: Source
    left: dict[str, int]


@dataclass
class Given:
    """A grant that can be clawed back. `asked` is what earlier claw backs were for."""

    source: Source
    points: int
    grant: Grant
    revision: int
    asked: int = 0


def script(seed: int, length: int, weights: Mapping[str, int] = _WEIGHTS) -> list[Step]:
    """The steps of a seed. A closed account is soon reopened, or nothing more would happen."""
    chance = random.Random(seed)
    steps: list[Step] = []
    closed = False
    for _ in range(length):
        [verb] = chance.choices(list(weights), list(weights.values()))
        if closed and chance.random() < 0.35:
            verb = "reopen"
        closed = verb == "close" or (closed and verb != "reopen")
        steps.append(Step(verb, (chance.random(), chance.random(), chance.random())))
    return steps


@dataclass
class Play:
    """One member on both ledgers, in a program that may change its zone and its expiry."""

    zone: str
    by_activity: bool = False
    now: int = STARTED_AT
    chain: list[Entry] = field(default_factory=list)
    naive: NaiveLedger = field(default_factory=NaiveLedger)
    redemptions: list[Redemption] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    count: int = 0

    @property
    def head(self) -> Entry | None:
        """The newest entry."""
        return self.chain[-1] if self.chain else None

    @property
    def program(self) -> Program:
        """The program as it is now."""
        expiry = _MEMBER_IDLE if self.by_activity else NoExpiry(policy="none")
        return Program(ProgramSettings(zone=self.zone, expiry=expiry, grace_days=GRACE_DAYS))

    def step(self, step: Step) -> None:
        """Play one step and compare. Raises Divergence."""
        self.count += 1
        before = len(self.chain)
        getattr(self, f"_{step.verb}")(*step.dice)
        self._compare(before)

    # --- time, and the program ---

    def _wait(self, how: float, long: float, _: float) -> None:
        tomorrow = first_instant(self.zone, local_day(self.zone, self.now + 26 * HOUR))
        choices = (
            self.now + 1 + int(long * 5_000),
            self.now + 1 + int(long * 30 * HOUR),
            self.now + 1 + int(long * 3 * DAY),
            self.now + 1 + int(long * 70 * DAY),
            max(self.now, tomorrow - 1),
            tomorrow,
        )
        self.now = choices[int(how * len(choices))]

    def _change_expiry(self, _: float, __: float, ___: float) -> None:
        self.by_activity = not self.by_activity

    def _change_zone(self, which: float, _: float, __: float) -> None:
        self.zone = ZONES[int(which * len(ZONES))]

    def _clock(self, which: float) -> int:
        """The time a function sees: every seventh one's clock is two seconds slow."""
        return self.now - (CLOCK_SKEW if which * 1_000 % 1 < 1 / 7 else 0)

    def _lot(self, lifetime: float, after: int = 0) -> str:
        """A lot of some days from now, or from when the grant is active."""
        days = _LIFETIMES[int(lifetime * len(_LIFETIMES))]
        return in_days(self.zone, self.now, None if days is None else after + days)

    # --- movements ---

    def _earn(self, amount: float, lifetime: float, clock: float) -> None:
        self._grant(1 + int(amount * 300), self._lot(lifetime), 0, lifetime, clock)

    def _earn_later(self, amount: float, lifetime: float, clock: float) -> None:
        days = int(amount * 1_000) % 9
        self._grant(1 + int(amount * 300), self._lot(lifetime, days), days, lifetime, clock)

    def _earn_beyond(self, _: float, lifetime: float, clock: float) -> None:
        room = MAX_INTEGER - self.naive.at(self._clock(clock)).balance()
        self._grant(room + 1, NEVER, 0, lifetime, clock)

    def _grant(self, points: int, lot: str, days: int, ago: float, clock: float) -> None:
        """Earn what happened up to three days ago; by activity it keeps all idle points alive."""
        source = Source("purchase", str(self.count))
        occurred = self.now - int(ago * 3 * DAY)
        activation = in_days(self.zone, self.now, days) if days else ""
        made: list[Grant] = []

        def move(posting: Posting) -> None:
            self.program.note_activity(posting, occurred)
            grant = _placed(self.program.lot(occurred) if self.by_activity else lot, activation)
            made.append(self.program.landing(grant, posting.state))
            ledger.credit(posting, "earn", points, made[0], source)

        def move_naively(naive: NaiveLedger) -> None:
            place = lot
            if self.by_activity:
                naive.be_active(after_idle_month(self.zone, occurred))
                place = naive.idle_lot(after_idle_month(self.zone, occurred))
            naive.earn(source.id, points, place, activation)

        if self._both(clock, move, move_naively):
            [entry] = (entry for entry in self.chain[-3:] if entry.source == source)
            self.given.append(Given(source, points, made[0], entry.revision))

    def _check_in(self, amount: float, lifetime: float, clock: float) -> None:
        self._give("check_in", 1 + int(amount * 9), lifetime, clock, active=True)

    def _adjust_up(self, amount: float, lifetime: float, clock: float) -> None:
        self._give("adjust", 1 + int(amount * 200), lifetime, clock, active=False)

    def _give(
        self, kind: Kind, points: int, lifetime: float, clock: float, *, active: bool
    ) -> None:
        source = Source("gift", str(self.count))
        wished = self._lot(lifetime)

        def move(posting: Posting) -> None:
            lot = self.program.lot(posting.at) if self.by_activity else wished
            if active:
                self.program.note_activity(posting, posting.at)
            grant = self.program.landing(Grant(lot), posting.state)
            ledger.credit(posting, kind, points, grant, source)

        def move_naively(naive: NaiveLedger) -> None:
            place = wished
            if self.by_activity:
                idle = after_idle_month(self.zone, naive.now)
                if active:
                    naive.be_active(idle)
                place = naive.idle_lot(idle)
            naive.adjust(source.id, points, place)

        self._both(clock, move, move_naively)

    def _transfer_in(self, amount: float, lifetime: float, clock: float) -> None:
        """Points of several lots at once, as another member held them; idle ones among them."""
        lots = {
            self._lot(lifetime): 1 + int(amount * 90),
            self._lot(lifetime * 13 % 1): 1 + int(amount * 50),
        }
        if amount > 0.5:
            lots[after_idle_month(self.zone, self.now - int(lifetime * 20 * DAY))] = 7
        source = Source("transfer", str(self.count))
        self._both(
            clock,
            lambda posting: ledger.credit_lots(posting, "transfer_in", lots, source),
            lambda naive: naive.receive(source.id, lots),
        )

    def _redeem(self, share: float, whole: float, clock: float) -> None:
        available = self.naive.at(self._clock(clock)).available()
        points = available if whole < 0.15 else 1 + int(share * 1.15 * available)
        redemption = Redemption(Source("order", str(self.count)), {})
        if self._spend("redeem", max(1, points), clock, redemption):
            self.redemptions.append(redemption)

    def _transfer_out(self, share: float, _: float, clock: float) -> None:
        available = self.naive.at(self._clock(clock)).available()
        gift = Redemption(Source("transfer", str(self.count)), {})
        self._spend("transfer_out", 1 + int(share * 0.5 * available), clock, gift)

    def _spend(self, kind: Kind, points: int, clock: float, to: Redemption) -> bool:
        def move(posting: Posting) -> None:
            self.program.note_activity(posting, posting.at)
            ledger.spend(posting, kind, points, to.source)

        def move_naively(naive: NaiveLedger) -> None:
            if self.by_activity:
                naive.be_active(after_idle_month(self.zone, naive.now))
            to.left.update(naive.redeem(to.source.id, points))

        done = self._both(clock, move, move_naively)
        if done:
            self._expect("allocation", _negative(self.chain[-1].lots), to.left)
        return done

    def _refund(self, which: float, share: float, clock: float) -> None:
        self._give_back(which, share, clock, "", owed=which * 1_000 % 1 < 0.5)

    def _refund_at_fault(self, which: float, share: float, clock: float) -> None:
        grace = in_days(self.zone, self.now, GRACE_DAYS + 1)
        self._expect("grace lot", self.program.grace_lot(self.now), grace)
        self._give_back(which, share, clock, grace, owed=which * 1_000 % 1 < 0.5)

    def _give_back(
        self, which: float, share: float, clock: float, reissue: str, *, owed: bool
    ) -> None:
        if not self.redemptions:
            return
        redemption = self.redemptions[int(which * len(self.redemptions))]
        left, source = redemption.left, redemption.source
        total = sum(left.values())
        part = total if share < 0.4 else 1 + int(share * total) // 2
        parts = _latest_first(left, part)
        self._expect("part", last_of(left, part), parts)
        done = parts and self._both(
            clock,
            lambda posting: ledger.refund(
                posting, parts, source, reissue=reissue or None, owed=owed
            ),
            lambda naive: naive.refund(source.id, parts, reissue, owed=owed),
        )
        if done:
            for lot, points in parts.items():
                left[lot] -= points

    def _claw_back(self, which: float, share: float, clock: float) -> None:
        if not self.given:
            return
        given = self.given[int(which * len(self.given))]
        whole = given.points - given.asked
        points = whole if share < 0.5 else int(share * whole)
        policy = _POLICIES[int(which * 1_000) % len(_POLICIES)]
        history = self.chain[given.revision - 1 :]
        done = points and self._both(
            clock,
            lambda posting: ledger.claw_back(
                posting, points, given.grant, policy, given.source,
                history=history, asked_before=given.asked,
            ),
            lambda naive: naive.claw_back(given.source.id, points, policy),
        )  # fmt: skip
        if done:
            given.asked += points

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
        posting = ledger.open_posting(MEMBER, self.head, self._clock(clock))
        self._expect("swept", bool(posting.entries), swept.expired > expired)
        self.chain += posting.entries
        if posting.entries:
            self.naive = swept

    def _close(self, which: float, share: float, clock: float) -> None:
        """Close the account; what the mall owes it comes back all the same."""
        self._both(
            clock,
            lambda posting: ledger.close(posting, Source("admin", "1"), "admin"),
            lambda naive: naive.close(),
        )
        self._give_back(which, share, clock, "", owed=True)

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
        posting = ledger.open_posting(MEMBER, self.head, now)
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
        state = state_at(state, self.now)
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
            follows = chain.follows(last, self.chain[position])
            self._expect(f"entry {position + 1} follows", follows, True)

    def _expect(self, what: str, ledger_says: object, naive_says: object) -> None:
        if ledger_says != naive_says:
            raise Divergence(self.count, f"{what}: {ledger_says} instead of {naive_says}")


def play(seed: int, steps: Sequence[Step]) -> Play:
    """Play steps, begun in the zone and policy of the seed. Raises Divergence."""
    one = Play(ZONES[seed % len(ZONES)], by_activity=seed % 4 == 0)
    for step in steps:
        one.step(step)
    return one


def play_or_explain(seed: int, length: int, weights: Mapping[str, int] = _WEIGHTS) -> Play:
    """Play a seed; on a divergence, say which steps still show it after all others are cut."""
    steps = script(seed, length, weights)
    try:
        return play(seed, steps)
    except Divergence as first:
        steps, divergence = cut(partial(play, seed), steps[: first.position], first)
        shown = "\n".join(f"  {step}" for step in steps)
        why = f"{divergence} (seed {seed}, step {first.position}; still with only)\n{shown}"
        raise Divergence(first.position, why) from first


def _placed(lot: str, activation: str) -> Grant:
    return Grant(lot, f"{activation}|{lot}" if activation else None)


def _latest_first(left: Mapping[str, int], points: int) -> dict[str, int]:
    """Which lots a partial refund fills: the latest expiry of the allocation first."""

    def fill() -> Iterator[tuple[str, int]]:
        rest = points
        for lot in sorted(left, reverse=True):
            part = min(rest, left[lot])
            rest -= part
            if part:
                yield lot, part

    return dict(fill())


def _negative(lots: Mapping[str, int]) -> dict[str, int]:
    return {lot: -points for lot, points in lots.items()}
