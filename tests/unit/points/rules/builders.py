"""Rules and events for these tests: what a test is about is named, the rest is plain."""

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from mall.points.calendar import Calendar
from mall.points.rules import (
    ActiveRule,
    CapKey,
    Evaluation,
    Facts,
    Line,
    RuleSet,
    active_rule,
    evaluate,
)
from mall.points.rules.active import instant_of
from mall.points.rules.request import RuleRequest
from mall.points.rules.rule import document

NOON = 1_795_348_800_000  # 2026-11-22T12:00:00Z, a Sunday
RATE = {"points": 1, "per_amount": 100, "currency": "USD"}
SKUS = [f"s{number}" for number in range(8)]
CATEGORIES = [f"c{number}" for number in range(4)]
PRODUCT_TYPES = ["coupon", "virtual", "service"]


def rule(rule_id: str = "base", version: int = 1, **said: Any) -> ActiveRule:
    """An active rule, as its stored document makes it; a base rate unless told otherwise."""
    campaign = {"multiplier", "bonus"} & {*said.get("gives", ())}
    wanted = {"name": rule_id, "kind": "campaign" if campaign else "base", "gives": RATE} | said
    request = RuleRequest.model_validate(wanted)
    kept = document(request)
    return active_rule(rule_id, version, kept, instant_of(kept.get("ends_at")))


def lines(*amounts: int, **said: str) -> tuple[Line, ...]:
    """Lines of these amounts, alike in everything else."""
    return tuple(Line(amount, **said) for amount in amounts)  # type: ignore[arg-type] # names of text fields


def facts(*bought: Line, **said: Any) -> Facts:
    """A purchase in dollars at noon, in UTC."""
    wanted = {"event_type": "purchase", "occurred_at": NOON, "calendar": Calendar("UTC")}
    return Facts(**{**wanted, "currency": "USD", "lines": bought, **said})


def earned(event: Facts, *rules: ActiveRule) -> Evaluation:
    """What an event earns by these rules."""
    return evaluate(RuleSet.of(rules), event)


def given(evaluation: Evaluation) -> dict[str, int]:
    """Points by rule."""
    return {component.rule_id: component.points for component in evaluation.components}


def skipped(evaluation: Evaluation) -> dict[str, str]:
    """The code by which each rule was skipped."""
    return {one.rule_id: one.code for one in evaluation.skipped}


def cap_keys(evaluation: Evaluation) -> list[CapKey]:
    """The counters that a grant is held against: read these, and no others."""
    return sorted(
        limit.key for component in evaluation.components if component.points
        for limit in component.limits
    )  # fmt: skip


def room(evaluation: Evaluation, used: Mapping[CapKey, int]) -> dict[CapKey, int]:
    """What each counter has left, given what it has reached; a counter not in `used` is at 0."""
    return {
        limit.key: max(0, limit.points - used.get(limit.key, 0))
        for component in evaluation.components
        for limit in component.limits
    }


# --- random ones ---------------------------------------------------------------------------------


def any_line() -> Line:
    """A line of some kind, sometimes free, sometimes without names."""
    return Line(
        amount=random.choice([0, random.randint(1, 99), random.randint(100, 50_000)]),
        sku=random.choice([None, *SKUS]),
        category=random.choice([None, *CATEGORIES]),
        product_type=random.choice([None, *PRODUCT_TYPES]),
    )


def any_facts(line_count: int | None = None) -> Facts:
    """A purchase, or a review, of some member."""
    count = random.randint(0, 7) if line_count is None else line_count
    return facts(
        *(any_line() for _ in range(count)),
        event_type=random.choice(["purchase", "purchase", "purchase", "review"]),
        occurred_at=NOON + random.randint(-9, 9) * 86_400_000,
        calendar=Calendar(random.choice(["UTC", "Pacific/Auckland", "Pacific/Honolulu"])),
        currency=random.choice(["USD", "USD", "USD", "EUR"]),
        attributes=random.choice([{}, {"channel": "app"}, {"stars": 4}, {"channel": "web"}]),
        tier_id=random.choice(["base", "gold"]),
        tier_multiplier=random.choice([Fraction(1), Fraction(5, 4), Fraction(3, 2)]),
        first_purchase=random.choice([True, False]),
    )


def any_rules(count: int) -> list[ActiveRule]:
    """Rules of every kind, under different ids."""
    return [rule(f"r{number:03d}", **_any_document()) for number in range(count)]


def _any_document() -> dict[str, Any]:
    gives: dict[str, Any] = random.choice(
        [
            {**RATE, "points": random.choice([1, "1.5", "0.25"]), "per_amount": _any_amount()},
            {**RATE, "per_amount": _any_amount(), "whole_units": False},
            {"points": random.randint(1, 50)},
            {"multiplier": random.choice(["2", "1.5", "1.3333", "10"])},
            {"bonus": random.randint(1, 500)},
        ]
    )
    said: dict[str, Any] = {
        "gives": gives,
        "event_types": ["purchase"]
        if "per_amount" in gives
        else random.choice([["purchase"], ["review"], ["purchase", "review"]]),
        "scope": random.choice([{}, {}, any_scope()]),
        "conditions": random.choice([{}, {}, _any_conditions()]),
        "priority": random.randint(0, 2),
        "caps": random.choice([[], [any_cap()]]),
    }
    if random.random() < 0.2:
        said["starts_at"] = "2026-11-20T00:00:00Z"
    if random.random() < 0.2:
        said["ends_at"] = "2026-11-25T00:00:00Z"
    if "multiplier" in gives or "bonus" in gives:
        said["stacking"] = random.choice(["best", "add"])
    return said


def any_scope() -> Mapping[str, Sequence[str]]:
    """A scope of a few names, with and without exclusions."""
    held = {"skus": SKUS, "categories": CATEGORIES, "product_types": PRODUCT_TYPES}
    scope = {name: random.sample(names, random.choice([0, 1, 2])) for name, names in held.items()}
    out = {f"excluded_{n}": random.sample(v, random.choice([0, 0, 1])) for n, v in held.items()}
    return scope | out


def any_cap() -> dict[str, Any]:
    """A cap of a few points."""
    return {
        "per": random.choice(["member", "program"]),
        "period": random.choice(["day", "week", "month", "ever"]),
        "points": random.randint(1, 300),
    }


def _any_conditions() -> dict[str, Any]:
    return random.choice(
        [
            {"weekdays": random.sample(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], 4)},
            {"tiers": ["gold"]},
            {"first_purchase": True},
            {"minimum_amount": {"amount": random.randint(1, 40_000), "currency": "USD"}},
            {"attributes": [{"name": "channel", "one_of": ["app", "till"]}]},
            {"attributes": [{"name": "stars", "at_least": 4}]},
        ]
    )


def _any_amount() -> int:
    return random.choice([1, 7, 100, 250])
