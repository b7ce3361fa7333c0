"""What an event earns by a rule set: exact, floored once, and explained.

Everything is computed in exact fractions. Each component (a rule that gave something, or the
member's tier) has an exact value; the floor of their sum is the grant, shared out to the components
as whole points by largest remainder. Caps then reduce components, and what is left is spread over
the lines. `docs/concepts/earning.md` has the rules in words, with numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from operator import itemgetter

from mall.points.rules.base import Gift, Reason, base_points
from mall.points.rules.caps import CapKey, Limit, allowed, limits
from mall.points.rules.circumstances import Skipped, hindrance, told
from mall.points.rules.event_facts import Facts
from mall.points.rules.extras import extras
from mall.points.rules.rule_set import Rules, RuleSet
from mall.points.rules.scoping import scoping
from mall.points.rules.spreading import Parts, spread, whole_shares

SKIPPED_MAX = 50  # named in an explanation; the rest is a number


@dataclass(frozen=True)
class Component:
    """What one rule version gave, or the tier (`tier:<tier id>`, version of the settings).

    `points` are granted; `capped` are those that a cap or budget took away.
    """

    rule_id: str
    version: int
    points: int
    why: Reason
    capped: int = 0
    limits: tuple[Limit, ...] = ()
    scaled: int = 0
    scale: int = 1
    parts: Parts = ((), ())

    @property
    def exact(self) -> Fraction:
        """The points before anything was rounded."""
        return Fraction(self.scaled, self.scale)

    @property
    def reason(self) -> str:
        """Why it was given, with the numbers that it was computed from."""
        return str(self.why)


@dataclass(frozen=True)
class Evaluation:
    """What an event earns.

    `skipped` names at most 50 rules that gave nothing, and `skipped_more` counts the others.
    """

    components: tuple[Component, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    skipped_more: int = 0
    line_count: int = 0

    @property
    def no_rule(self) -> bool:
        """Whether no rule applied: none is for this type of event, or all were skipped."""
        return not self.components

    @property
    def points(self) -> int:
        """The grant: the sum of the components."""
        return sum(component.points for component in self.components)

    @property
    def capped(self) -> int:
        """Points that caps and budgets took away."""
        return sum(component.capped for component in self.components)

    @cached_property
    def lines(self) -> tuple[int, ...]:
        """Each line's part of the grant, in order of the lines; they sum to it exactly.

        An event without lines has none.
        """
        if not self.line_count:
            return ()
        return spread([(c.points, c.parts) for c in self.components], self.line_count)


@dataclass(frozen=True)
class Explained:
    """One element of an explanation. `code` is `granted`, `capped`, or why a rule was skipped."""

    rule_id: str
    version: int
    points: int
    capped: int
    code: str
    reason: str


def evaluate(rule_set: RuleSet, facts: Facts) -> Evaluation:
    """What an event earns before caps; each component names its limits, and `capped` holds it."""
    rules = rule_set.of_type(facts.event_type)
    if not rules:
        return Evaluation(line_count=len(facts.lines))
    hindered = {
        number: code
        for number, rule in enumerate(rules)
        if (code := hindrance(rule, facts)) is not None
    }
    live = [number for number in range(len(rules)) if number not in hindered]
    scoped = scoping(rules, live, facts)
    base = base_points(rules, scoped, facts)
    more = extras(rules, scoped, base, facts)
    gifts = (*base.gifts, *more.gifts)
    skipped = {**hindered, **scoped.skipped, **more.skipped}
    return Evaluation(
        components=_components(rules, gifts, base.scale, facts),
        skipped=tuple(
            told(rules[number], facts, skipped[number]) for number in sorted(skipped)[:SKIPPED_MAX]
        ),
        skipped_more=max(0, len(skipped) - SKIPPED_MAX),
        line_count=len(facts.lines),
    )


def capped(evaluation: Evaluation, room: Mapping[CapKey, int]) -> Evaluation:
    """The evaluation with each component cut to what its counters have left.

    `room` names every counter of each. A cap of one rule never touches another's points.
    """
    return replace(
        evaluation, components=tuple(_cut(component, room) for component in evaluation.components)
    )


def counted(evaluation: Evaluation) -> dict[CapKey, int]:
    """What a grant adds to each counter; counters that it leaves alone are not named."""
    return {
        limit.key: component.points
        for component in evaluation.components
        if component.points
        for limit in component.limits
    }


def explain(evaluation: Evaluation) -> tuple[Explained, ...]:
    """The components, then the rules for this type of event that gave nothing, in order.

    At most 50 of those are named; one last element, of the rule `*`, says how many more there are.
    """
    told = [_explained(component) for component in evaluation.components]
    told += [Explained(s.rule_id, s.version, 0, 0, s.code, s.reason) for s in evaluation.skipped]
    if evaluation.skipped_more:
        reason = f"{evaluation.skipped_more} more rules gave nothing"
        told.append(Explained("*", 0, 0, 0, "more", reason))
    return tuple(told)


def rules_named(evaluation: Evaluation) -> str:
    """The rule versions that gave points, as a ledger entry names them: `base:3 tier:gold:7`."""
    return " ".join(f"{c.rule_id}:{c.version}" for c in evaluation.components if c.points)


def _components(
    rules: Rules, gifts: Sequence[Gift], scale: int, facts: Facts
) -> tuple[Component, ...]:
    """The gifts in whole points, in order of their rules' numbers; the tier comes last."""
    tier = f"tier:{facts.tier_id}"
    names = [tier if gift.number is None else rules[gift.number].rule_id for gift in gifts]
    named = sorted(range(len(gifts)), key=names.__getitem__)
    whole = whole_shares([gifts[at].scaled for at in named], scale)
    made = [
        (len(rules) if gifts[at].number is None else gifts[at].number,
         _component(rules, gifts[at], points, scale, facts))
        for at, points in zip(named, whole, strict=True)
    ]  # fmt: skip
    return tuple(component for _, component in sorted(made, key=itemgetter(0)))


def _component(rules: Rules, gift: Gift, points: int, scale: int, facts: Facts) -> Component:
    if gift.number is None:
        rule_id, version = f"tier:{facts.tier_id}", facts.program_version
        held_against: tuple[Limit, ...] = ()
    else:
        rule = rules[gift.number]
        rule_id, version, held_against = rule.rule_id, rule.version, limits(rule, facts)
    return Component(
        rule_id, version, points, gift.reason,
        limits=held_against, scaled=gift.scaled, scale=scale, parts=gift.parts,
    )  # fmt: skip


def _cut(component: Component, room: Mapping[CapKey, int]) -> Component:
    points = allowed(component.points, component.limits, room) if component.points else 0
    if points == component.points:
        return component
    return replace(component, points=points, capped=component.points - points)


def _explained(component: Component) -> Explained:
    code = "capped" if component.capped else "granted"
    cut = f"; {component.capped} more are over a cap" if component.capped else ""
    return Explained(
        component.rule_id,
        component.version,
        component.points,
        component.capped,
        code,
        component.reason + cut,
    )
