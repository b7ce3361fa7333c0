"""Plays a script of events, orders and clock steps in the mall and in the naive program.

A step carries only a verb and a seed; what it means is decided when it is played, from what stands
there then. So any part of a script is a script, and one that fails can be cut down to the steps
that matter. The same seed always gives the same script.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from random import Random
from typing import Any

from mall.clock import instant
from mall.errors import InsufficientPoints, Invalid
from mall.points.earning.events import EventRequest
from mall.points.ledger import chain
from mall.points.ledger.entry import IDLE, NEVER, Lot, State
from mall.points.ledger.entry import instant_of as lot_instant
from mall.points.ledger.lots import last_of
from mall.points.program import ProgramSettings
from mall.points.rules.rule_set import RuleSet

from tests.simulation.divergence import Divergence, cut
from tests.simulation.naive_account import Place, Refused
from tests.simulation.naive_days import FOREVER, ONE_DAY, first_instant, local_day
from tests.simulation.naive_program import NaiveProgram
from tests.simulation.program_config import (
    ACTIVITIES,
    CATEGORIES,
    PRODUCT_TYPES,
    SKUS,
    ZONES,
    Configuration,
    any_configuration,
)
from tests.unit.points.earning.shop import MEMBER, Mall

HOUR = 3_600_000
DAY = 24 * HOUR
STARTS = (1_829_000_000_000, 1_835_300_000_000, 1_837_300_000_000, 1_853_500_000_000)
_WEIGHTS: Mapping[str, int] = {
    "wait": 22, "buy": 24, "act": 5, "refund": 15, "refund_ahead": 4, "deliver": 4, "repeat": 4,
    "redeem": 16, "cancel": 12, "adjust": 3, "change": 1,
}  # fmt: skip
PROGRAMS = 400  # pairs of configurations, which the seeds share


@dataclass(frozen=True)
class Step:
    """A verb, and what it does by chance."""

    verb: str
    seed: int


def script(seed: int, length: int) -> list[Step]:
    """The steps of a seed."""
    chance = Random(seed)
    verbs = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=length)
    return [Step(verb, chance.randrange(1 << 30)) for verb in verbs]


@cache
def programs(number: int) -> Sequence[tuple[Configuration, ProgramSettings, RuleSet | None]]:
    """Two programs of one zone: the second is what the first is changed to, now and then."""
    chance = Random(f"program {number}")
    zone = ZONES[number % len(ZONES)]
    made = [any_configuration(chance, zone, names) for names in ("one", "two")]
    return [(one, one.real_settings, one.real_rules) for one in made]


@dataclass
class Play:
    """One member in both programs."""

    number: int
    chain_checked: int = 0
    count: int = 0
    told: list[tuple[dict[str, Any], int]] = field(default_factory=list)
    waiting: list[tuple[dict[str, Any], int]] = field(default_factory=list)
    orders: dict[str, dict[Lot, int]] = field(default_factory=dict)
    log: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mall = Mall(now=STARTS[self.number % len(STARTS)])
        self.naive = NaiveProgram({})
        self._choose(0)

    def _choose(self, which: int) -> None:
        said, settings, rules = programs(self.number % PROGRAMS)[which]
        self.mall.settings, self.mall.rules = settings, rules
        self.naive.settings, self.naive.rules = said.settings, said.rules
        self.log.append(said)

    @property
    def now(self) -> int:
        """The instant of the play."""
        return self.mall.now

    def step(self, step: Step) -> None:
        """Play one step and compare. Raises Divergence."""
        self.count += 1
        getattr(self, f"_{step.verb}")(Random(step.seed))
        self._compare()

    # --- what happens ---

    def _wait(self, chance: Random) -> None:
        zone = self.naive.settings["zone"]
        tomorrow = first_instant(zone, local_day(zone, self.now) + ONE_DAY)
        self.mall.now = chance.choice((
            self.now + 1,
            self.now + chance.randrange(30 * HOUR),
            self.now + chance.randrange(3 * DAY),
            self.now + chance.randrange(20 * DAY),
            self.now + chance.randrange(70 * DAY),
            self.now + chance.randrange(400 * DAY if chance.random() < 0.4 else DAY),
            max(self.now, tomorrow - 1),
            tomorrow,
        ))  # fmt: skip
        self.log.append(f"it is {instant(self.now)}")

    def _change(self, chance: Random) -> None:
        self._choose(chance.randrange(2))

    def _buy(self, chance: Random) -> None:
        self._tell(*self._purchase(chance))

    def _act(self, chance: Random) -> None:
        kind = chance.choice(ACTIVITIES)
        event: dict[str, Any] = {"event_id": f"event-{self.count}", "type": kind}
        if kind == "review":
            event["attributes"] = {"stars": chance.randint(1, 5)}
        elif kind == "survey":
            event["attributes"] = {"channel": chance.choice(("web", "shop", "mail"))}
        self._tell(event, self._some_time_ago(chance))

    def _refund(self, chance: Random) -> None:
        bought = [event for event, _ in self.told if event["type"] == "purchase"]
        if bought:
            bought = bought[-2:] if chance.random() < 0.5 else bought
            self._tell(self._refund_of(chance.choice(bought), chance), self.now)

    def _refund_ahead(self, chance: Random) -> None:
        purchase, at = self._purchase(chance)
        self.waiting.append((purchase, at))
        for n in range(chance.choice((1, 1, 2))):
            refund = self._refund_of(purchase, chance)
            self._tell({**refund, "event_id": f"{refund['event_id']}-{n}"}, self.now)

    def _deliver(self, chance: Random) -> None:
        if self.waiting:
            self._tell(*self.waiting.pop(chance.randrange(len(self.waiting))))

    def _repeat(self, chance: Random) -> None:
        if self.told:
            event, at = chance.choice(self.told)
            if chance.random() < 0.2 and "lines" in event:
                line = {"quantity": 1, "amount": 12_300}
                event = {**event, "lines": [*event["lines"], line]}
            self._tell(event, at)

    def _tell(self, event: dict[str, Any], at: int) -> None:
        told = {**event, "occurred_at": instant(at), "member": {"user_id": MEMBER}}
        self.log.append(told)
        try:
            counts = self.mall.tell(EventRequest.model_validate(told)).status != "duplicate"
        except Invalid:
            counts = False
        naive_counts = self.naive.tell(MEMBER, event, at, self.now)
        self._expect("counts", counts, naive_counts)
        if counts:
            self.told.append((event, at))
            self._compare_event(event.get("refunds_event_id") or event["event_id"])

    def _redeem(self, chance: Random) -> None:
        available = self.mall.state.available
        points = chance.choice((available, 1 + int(chance.random() * 1.1 * available)))
        order, refused, naive_refused = f"order-{self.count}", False, False
        self.log.append(f"redeem {points} for {order}")
        try:
            spent = self.mall.redeem(order, max(1, points)).lots
            self.orders[order] = {lot: -part for lot, part in spent.items()}
        except InsufficientPoints:
            refused = True
        try:
            self.naive.redeem(MEMBER, order, max(1, points), self.now)
        except Refused:
            naive_refused = True
        self._expect("refused", refused, naive_refused)

    def _cancel(self, chance: Random) -> None:
        if not self.orders:
            return
        order = chance.choice([*self.orders])
        left = self.orders[order]
        points = chance.choice((sum(left.values()), chance.randint(1, sum(left.values()))))
        our_fault = chance.random() < 0.4
        self.log.append(f"give back {points} of {order}" + " by our fault" * our_fault)
        parts = last_of(left, points)
        self.mall.cancel(order, parts, our_fault=our_fault)
        self.naive.cancel(MEMBER, order, points, self.now, our_fault=our_fault)
        self.orders[order] = {lot: n - parts.get(lot, 0) for lot, n in left.items()}
        if not any(self.orders[order].values()):
            del self.orders[order]

    def _adjust(self, chance: Random) -> None:
        points = chance.choice((1, 10, 60)) * chance.choice((1, -1))
        self.log.append(f"adjust by {points}")
        refused = naive_refused = False
        try:
            self.mall.adjust(f"adjustment-{self.count}", points)
        except InsufficientPoints:
            refused = True
        try:
            self.naive.adjust(MEMBER, points, self.now)
        except Refused:
            naive_refused = True
        self._expect("refused", refused, naive_refused)

    # --- what is told ---

    def _some_time_ago(self, chance: Random) -> int:
        return self.now - chance.choice((0, 0, chance.randrange(DAY), chance.randrange(20 * DAY)))

    def _purchase(self, chance: Random) -> tuple[dict[str, Any], int]:
        lines = [_line(chance) for _ in range(chance.randint(1, 4))]
        lines[0]["amount"] += 1
        currency = chance.choice(("EUR",) * 9 + ("USD",))
        event: dict[str, Any] = {
            "event_id": f"event-{self.count}", "type": "purchase", "currency": currency,
            "lines": lines,
        }  # fmt: skip
        if chance.random() < 0.3:
            event["attributes"] = {"online": chance.random() < 0.5}
        return event, self._some_time_ago(chance)

    def _refund_of(self, purchase: Mapping[str, Any], chance: Random) -> dict[str, Any]:
        refund: dict[str, Any] = {
            "event_id": f"event-{self.count}",
            "type": "purchase_refunded",
            "refunds_event_id": purchase["event_id"],
        }
        if chance.random() < 0.3:
            return refund
        bought = chance.sample(purchase["lines"], chance.randint(1, len(purchase["lines"])))
        other = "EUR" if purchase["currency"] == "USD" else "USD"
        refund["currency"] = purchase["currency"] if chance.random() < 0.95 else other
        refund["lines"] = [_line_of_refund(line, chance) for line in bought]
        return refund

    # --- the comparison ---

    def _compare_event(self, event_id: str) -> None:
        naive = self.naive.members[MEMBER].events.get(event_id)
        if naive is None:
            return
        real = self.mall.event(event_id)
        self._expect("granted", real.granted, naive.granted)
        self._expect("tier of event", real.tier, naive.tier)
        self._expect(
            "explain",
            {e.rule_id: (e.points, e.capped) for e in real.explain if e.points or e.capped},
            {s.rule_id: (s.points, s.capped) for s in naive.shares if s.points or s.capped},
        )
        self._expect("lines", [line.points for line in real.lines], naive.by_line)
        self._expect("owed back", real.clawed_back, naive.taken_back)

    def _compare(self) -> None:
        state, member = self.mall.state, self.naive.member(MEMBER, self.now)
        account = member.account
        self._expect("debt", state.debt, account.debt)
        self._expect("shortfall", state.shortfall, account.shortfall)
        self._expect("lots", {place_of(lot): n for lot, n in state.lots.items()}, account.lots())
        self._expect("pending", _pending(state), account.pending())
        self._expect("totals", vars(state.totals), vars(account.totals))
        self._expect("conservation", state.net, state.totals.net)
        tier = self.mall.standing.tier(self.mall.program, self.now)
        self._expect("tier", tier.tier_id, self.naive.tier(member)[0])
        for position in range(self.chain_checked, len(self.mall.chain)):
            last = self.mall.chain[position - 1] if position else None
            follows = chain.follows(last, self.mall.chain[position])
            self._expect(f"entry {position + 1} follows", follows, True)
        self.chain_checked = len(self.mall.chain)

    def _expect(self, what: str, mall_says: object, naive_says: object) -> None:
        if mall_says != naive_says:
            raise Divergence(self.count, f"{what}: {mall_says} instead of {naive_says}")


def place_of(lot: Lot) -> Place:
    """A lot as the naive account knows it."""
    return (FOREVER, False) if lot == NEVER else (lot_instant(lot) or 0, lot.endswith(IDLE))


def _pending(state: State) -> dict[tuple[int, int, bool], int]:
    keyed = ((key.partition("|"), points) for key, points in state.pending.items())
    return {(lot_instant(at) or 0, *place_of(lot)): points for (at, _, lot), points in keyed}


def _line(chance: Random) -> dict[str, Any]:
    line: dict[str, Any] = {
        "quantity": chance.randint(1, 3),
        "amount": chance.choice((0, 50, 99, 100, 150, chance.randrange(20_000))),
    }
    for name, known in (("sku", SKUS), ("category", CATEGORIES), ("product_type", PRODUCT_TYPES)):
        if chance.random() < 0.7:
            line[name] = chance.choice(known)
    return line


def _line_of_refund(line: Mapping[str, Any], chance: Random) -> dict[str, Any]:
    """A line as a partner refunds it: often as it was bought, or with less said, or mistaken."""
    refunded = {
        k: v for k, v in line.items() if k in ("quantity", "amount") or chance.random() < 0.8
    }
    refunded["amount"] = chance.choice(
        (line["amount"], 1 + int(chance.random() * line["amount"]), line["amount"] + 50)
    )
    refunded["amount"] = max(1, refunded["amount"])
    if chance.random() < 0.05:
        refunded["sku"] = "unknown"
    return refunded


def _said(logged: object) -> str:
    return json.dumps(logged) if isinstance(logged, dict) else str(logged)


def play(seed: int, steps: Sequence[Step]) -> Play:
    """Play steps in the program of the seed. Raises Divergence."""
    one = Play(seed)
    try:
        for step in steps:
            one.step(step)
    except Divergence as divergence:
        divergence.add_note("\n".join(map(_said, one.log)))
        raise
    return one


def play_or_explain(seed: int, length: int) -> Play:
    """Play a seed; on a divergence, say which steps still show it after all others are cut."""
    steps = script(seed, length)
    try:
        return play(seed, steps)
    except Divergence as first:
        steps, divergence = cut(partial(play, seed), steps[: first.position], first)
        shown = "\n".join(f"  {step}" for step in steps)
        notes = "\n".join(divergence.__notes__)
        why = (
            f"{divergence} (seed {seed}, step {first.position}; still with only)\n{shown}\n{notes}"
        )
        raise Divergence(first.position, why) from None
