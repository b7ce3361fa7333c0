"""Replaying draft rules over the events of a period: what they would cost, and nothing moves.

Each event is evaluated as it was at arrival: its lines and attributes, the member's tier and
whether it was the first purchase stand on its record. Caps and budgets begin empty and fill in the
order in which the events occurred. Refunds are left out: the cost is what is granted.

A replay proceeds by UTC day and can stop after each; `Progress` is all that the next one needs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, model_validator

from mall.clock import DAY_MS, Millis, millis, utc_day
from mall.errors import Fault, Invalid
from mall.models import Request
from mall.points.earning.record import Event
from mall.points.program import Program
from mall.points.program.settings import BASE_TIER, ProgramSettings
from mall.points.rules.active import active_rule
from mall.points.rules.caps import CapKey, Limit
from mall.points.rules.checking import Vocabulary, check
from mall.points.rules.evaluation import Evaluation, capped, counted, evaluate
from mall.points.rules.event_facts import Facts, Line
from mall.points.rules.request import RuleRequest
from mall.points.rules.rule import RuleVersion, built_in, document, is_rate
from mall.points.rules.rule_set import RuleSet

DAYS_MAX = 366
RULES_MAX = 200
Date = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2150, 1, 1))]


class ReplayRequest(Request):
    """A rule set and the program days, both included, whose events it is tried on.

    `with_active` adds the rules in force, except those whose `rule_id` is among `rules`.
    """

    rules: Annotated[tuple[RuleRequest, ...], Field(min_length=1, max_length=RULES_MAX)]
    with_active: Annotated[bool, Field(strict=True)] = False
    first_day: Date
    last_day: Date

    @model_validator(mode="after")
    def _a_period(self) -> Self:
        if not 0 <= (self.last_day - self.first_day).days < DAYS_MAX:
            raise ValueError(f"last_day is on or after first_day, and {DAYS_MAX} days at most")
        return self


class PlannedRule(BaseModel):
    """A rule version that is tried."""

    rule_id: str
    version: int
    document: dict[str, Any]
    ends_at: Millis | None


class Plan(BaseModel):
    """All that a replay goes by, whatever is changed while it runs."""

    rules: list[PlannedRule]
    settings: ProgramSettings
    program_version: int
    first_day: date
    last_day: date

    @property
    def program(self) -> Program:
        """The program as it was when the replay was asked for."""
        return Program(self.settings, self.program_version)

    @property
    def rule_set(self) -> RuleSet:
        """The rules, compiled."""
        return RuleSet.of(
            active_rule(rule.rule_id, rule.version, rule.document, rule.ends_at)
            for rule in self.rules
        )

    @property
    def window(self) -> tuple[Millis, Millis]:
        """The instants of the period: the first, and the first after it."""
        calendar = self.program.calendar
        return calendar.start(self.first_day), calendar.start(self.last_day + timedelta(days=1))

    @property
    def utc_days(self) -> list[str]:
        """The UTC days that the period touches."""
        first, after = self.window
        return [utc_day(at) for at in range(first // DAY_MS * DAY_MS, after, DAY_MS)]


class Cost(BaseModel):
    """What came together so far, of one rule on one day."""

    points: int = 0
    capped: int = 0
    events: int = 0

    def plus(self, points: int, cut: int) -> "Cost":
        """With one event more."""
        return Cost(points=self.points + points, capped=self.capped + cut, events=self.events + 1)


class DayTotal(BaseModel):
    """What came together so far on one program day; costs by `rule:version`."""

    events: int = 0
    points: int = 0
    actual_points: int = 0
    rules: dict[str, Cost] = Field(default_factory=dict)


class Progress(BaseModel):
    """All that a replay knows between two days. `next_day` is the UTC day to go on with."""

    next_day: str
    days_done: int = 0
    totals: dict[str, DayTotal] = Field(default_factory=dict)
    used: dict[str, int] = Field(default_factory=dict)


def check_all(request: ReplayRequest, known: Vocabulary) -> None:
    """Refuse a set with a rule that could not be saved. Raises Invalid with the path."""
    faults: list[Fault] = []
    for at, rule in enumerate(request.rules):
        try:
            check(rule, known)
        except Invalid as wrong:
            faults += [{**f, "field": f"rules.{at}.{f['field']}"} for f in wrong.faults]
    faults += _overlaps(_drafts(request))
    if faults:
        raise Invalid(faults=faults)


def plan(request: ReplayRequest, active: Sequence[RuleVersion], program: Program) -> Plan:
    """All that a replay goes by, whatever is changed while it runs."""
    tried = _drafts(request)
    ids = {version.rule_id for version in tried}
    kept = [each for each in active if each.rule_id not in ids] if request.with_active else []
    if request.with_active and not program.rates_own and not any(map(is_rate, tried)):
        kept.append(built_in(program.settings.currency))
    return Plan(
        rules=[PlannedRule(**{name: getattr(each, name) for name in PlannedRule.model_fields})
               for each in (*tried, *kept)],
        settings=program.settings,
        program_version=program.version,
        first_day=request.first_day,
        last_day=request.last_day,
    )  # fmt: skip


def _drafts(request: ReplayRequest) -> list[RuleVersion]:
    """The rules of a request as versions; those of one rule id are numbered in order."""
    numbered: dict[str, int] = {}
    made = []
    for at, rule in enumerate(request.rules):
        rule_id = rule.rule_id or f"draft-{at + 1}"
        numbered[rule_id] = numbered.get(rule_id, 0) + 1
        ends_at = millis(rule.ends_at) if rule.ends_at else None
        said = document(rule)
        made.append(RuleVersion(rule_id, numbered[rule_id], said, 0, "", ends_at=ends_at))
    return made


def _overlaps(versions: list[RuleVersion]) -> Iterator[Fault]:
    for at, version in enumerate(versions):
        for other in versions[:at]:
            if other.rule_id == version.rule_id and version.meets(other):
                message = f"an earlier rule with the id {other.rule_id} has a window that meets it"
                yield {"field": f"rules.{at}.starts_at", "message": message}


# --- playing -------------------------------------------------------------------------------------


def begin(plan: Plan) -> Progress:
    """Nothing played yet."""
    return Progress(next_day=plan.utc_days[0])


def play_day(progress: Progress, events: Iterable[Event], plan: Plan, rules: RuleSet) -> Progress:
    """The progress after one UTC day, whose events are given in the order they occurred."""
    program, calendar, (first, beyond) = plan.program, plan.program.calendar, plan.window
    totals, used = dict(progress.totals), dict(progress.used)
    for event in events:
        if first <= event.occurred_at < beyond:
            evaluation = _evaluate(event, rules, program, used)
            day = calendar.date(event.occurred_at).isoformat()
            totals[day] = _with(totals.get(day, DayTotal()), event, evaluation)
    after = date.fromisoformat(progress.next_day) + timedelta(days=1)
    return Progress(
        next_day=after.strftime("%Y%m%d"),
        days_done=progress.days_done + 1,
        totals=totals,
        used=_still_open(used, after),
    )


def _evaluate(event: Event, rules: RuleSet, program: Program, used: dict[str, int]) -> Evaluation:
    """What the draft gives for an event; what it gives is counted in `used`."""
    before = evaluate(rules, _facts(event, program))
    limits = {limit for component in before.components for limit in component.limits}
    room = {limit.key: _room(limit, event.member, used) for limit in limits}
    after = capped(before, room)
    for key, points in counted(after).items():
        name = _name(key, event.member)
        used[name] = used.get(name, 0) + points
    return after


def _facts(event: Event, program: Program) -> Facts:
    tiers = {tier.tier_id: tier.multiplier for tier in program.settings.tiers}
    return Facts(
        event_type=event.type,
        occurred_at=event.occurred_at,
        calendar=program.calendar,
        currency=event.currency or None,
        lines=tuple(Line(said.amount, *said.key, said.quantity) for said in event.lines),
        attributes=event.attributes,
        tier_id=event.tier or BASE_TIER,
        tier_multiplier=tiers.get(event.tier, Decimal(1)),
        first_purchase=event.first_purchase,
        program_version=program.version,
    )


def _room(limit: Limit, member: str, used: Mapping[str, int]) -> int:
    return limit.points - used.get(_name(limit.key, member), 0)


def _name(key: CapKey, member: str) -> str:
    who = member if key.per == "member" else ""
    return "|".join((key.period, key.period_key, key.rule_id, who))


def _still_open(used: Mapping[str, int], today: date) -> dict[str, int]:
    """The counters that events of yesterday (some zone is behind) or later can still fill."""
    oldest = today - timedelta(days=1)
    year, week, _ = oldest.isocalendar()
    first = {
        "day": oldest.strftime("%Y%m%d"),
        "week": f"{year:04d}W{week:02d}",
        "month": oldest.strftime("%Y%m"),
        "ever": "",
    }
    parted = ((name, name.split("|")) for name in used)
    return {name: used[name] for name, (period, key, *_) in parted if key >= first[period]}


def _with(total: DayTotal, event: Event, evaluation: Evaluation) -> DayTotal:
    rules = dict(total.rules)
    for component in evaluation.components:
        name = f"{component.rule_id}:{component.version}"
        rules[name] = rules.get(name, Cost()).plus(component.points, component.capped)
    return DayTotal(
        events=total.events + 1,
        points=total.points + evaluation.points,
        actual_points=total.actual_points + event.granted,
        rules=rules,
    )
