"""A rule version in force, in the values that an evaluation computes with.

It is made of the stored document, once per rule set: numbers are exact fractions and integers,
lists are sets, instants are milliseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from mall.clock import Millis, millis
from mall.points.rules.event_facts import AttributeValue

Kind = Literal["base", "campaign"]
Stacking = Literal["best", "add"]
Per = Literal["member", "program"]
Period = Literal["day", "week", "month", "ever"]


@dataclass(frozen=True)
class Rate:
    """`points` for each `per_amount` (minor units of `currency`), or for each whole one."""

    points: Fraction
    per_amount: int
    currency: str
    whole_units: bool = True


@dataclass(frozen=True)
class Fixed:
    """So many points for the event: a base rule's `points`, or a campaign's `bonus`."""

    points: int


@dataclass(frozen=True)
class Multiplier:
    """`extra` times the base points on top of them: 1 where the document says a multiplier of 2."""

    extra: Fraction


@dataclass(frozen=True)
class Scope:
    """The lines that any list names (all lines, if none does), less the excluded ones."""

    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    product_types: frozenset[str] = frozenset()
    excluded_skus: frozenset[str] = frozenset()
    excluded_categories: frozenset[str] = frozenset()
    excluded_product_types: frozenset[str] = frozenset()

    @cached_property
    def names_lines(self) -> bool:
        """Whether only lines that a list names are meant."""
        return bool(self.skus or self.categories or self.product_types)

    @cached_property
    def excludes_lines(self) -> bool:
        """Whether some lines are excluded."""
        return bool(self.excluded_skus or self.excluded_categories or self.excluded_product_types)

    @cached_property
    def is_everything(self) -> bool:
        """Whether every line is meant, and an event without lines too."""
        return not (self.names_lines or self.excludes_lines)


@dataclass(frozen=True)
class AttributeTest:
    """What an attribute of the event must be: one of `among`, or within bounds (both included)."""

    name: str
    among: tuple[AttributeValue, ...] = ()
    at_least: int | None = None
    at_most: int | None = None

    def holds(self, value: AttributeValue | None) -> bool:
        """Whether a value passes; an absent one never does, and `true` is not 1."""
        if value is None:
            return False
        if self.among:
            return any(type(one) is type(value) and one == value for one in self.among)
        if isinstance(value, bool) or not isinstance(value, int):
            return False
        above = self.at_least is None or value >= self.at_least
        return above and (self.at_most is None or value <= self.at_most)


@dataclass(frozen=True)
class Conditions:
    """What must hold of the event; empty ones always do."""

    weekdays: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    first_purchase: bool = False
    minimum_amount: int = 0
    minimum_currency: str = ""
    attributes: tuple[AttributeTest, ...] = ()


UNCONDITIONAL = Conditions()


@dataclass(frozen=True)
class Cap:
    """At most so many points by this rule, per member or in the whole program, in a period."""

    per: Per
    period: Period
    points: int


@dataclass(frozen=True)
class ActiveRule:
    """One version of a rule, in force for events of `[starts_at, ends_at)`; None is open.

    No two caps have the same `per` and `period`: a budget is the cap per program, ever.
    """

    rule_id: str
    version: int
    kind: Kind
    gives: Rate | Fixed | Multiplier
    event_types: tuple[str, ...] = ("purchase",)
    starts_at: Millis | None = None
    ends_at: Millis | None = None
    scope: Scope = field(default_factory=Scope)
    conditions: Conditions = UNCONDITIONAL
    priority: int = 0
    stacking: Stacking = "best"
    caps: tuple[Cap, ...] = ()


def active_rule(
    rule_id: str, version: int, document: Mapping[str, Any], ends_at: Millis | None
) -> ActiveRule:
    """The rule that a stored document describes; `ends_at` is its end after any retirement."""
    return ActiveRule(
        rule_id=rule_id,
        version=version,
        kind=document["kind"],
        gives=_gives(document["gives"]),
        event_types=tuple(document["event_types"]),
        starts_at=instant_of(document.get("starts_at")),
        ends_at=ends_at,
        scope=Scope(**{name: frozenset(held) for name, held in document["scope"].items()}),
        conditions=_conditions(document["conditions"]),
        priority=document["priority"],
        stacking=document["stacking"],
        caps=_caps(document),
    )


def instant_of(text: str | None) -> Millis | None:
    """Milliseconds of an instant in a document; None for an open end."""
    return None if text is None else millis(datetime.fromisoformat(text))


def _gives(said: Mapping[str, Any]) -> Rate | Fixed | Multiplier:
    if "multiplier" in said:
        return Multiplier(Fraction(said["multiplier"]) - 1)
    if "bonus" in said:
        return Fixed(said["bonus"])
    if "per_amount" in said:
        points = Fraction(said["points"])
        return Rate(points, said["per_amount"], said["currency"], said.get("whole_units", True))
    return Fixed(int(said["points"]))


def _conditions(said: Mapping[str, Any]) -> Conditions:
    minimum = said.get("minimum_amount", {})
    return Conditions(
        weekdays=frozenset(said.get("weekdays", ())),
        tiers=frozenset(said.get("tiers", ())),
        first_purchase=said.get("first_purchase", False),
        minimum_amount=minimum.get("amount", 0),
        minimum_currency=minimum.get("currency", ""),
        attributes=tuple(_attribute(test) for test in said.get("attributes", ())),
    )


def _attribute(said: Mapping[str, Any]) -> AttributeTest:
    among = said["one_of"] if "one_of" in said else [said["equals"]] if "equals" in said else []
    return AttributeTest(said["name"], tuple(among), said.get("at_least"), said.get("at_most"))


def _caps(document: Mapping[str, Any]) -> tuple[Cap, ...]:
    """The caps, with the budget among them; of a budget and a cap of its kind the smaller."""
    budget = document.get("budget")
    said = [(cap["per"], cap["period"], cap["points"]) for cap in document["caps"]]
    said += [("program", "ever", budget["points"])] if budget else []
    least: dict[tuple[Per, Period], int] = {}
    for per, period, points in said:
        least[per, period] = min(points, least.get((per, period), points))
    return tuple(Cap(per, period, points) for (per, period), points in least.items())
