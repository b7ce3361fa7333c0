"""Caps and budgets: which counters a grant needs, and what is left of it when one is full.

A cap belongs to the rule's id, over all its versions; how much it allows is said by the version
that gives. Its period is the calendar day, ISO week or month, in the program's zone, in which the
event occurred.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mall.points.calendar import period_of
from mall.points.rules.active import ActiveRule, Per, Period
from mall.points.rules.event_facts import Facts


@dataclass(frozen=True, order=True)
class CapKey:
    """One counter of points: a rule's, per member (whoever the event is of) or for the program.

    `period_key` is like `20260131`, `2026W05`, `202601` or `ever`.
    """

    rule_id: str
    per: Per
    period: Period
    period_key: str


@dataclass(frozen=True)
class Limit:
    """A counter and the points that it may reach."""

    key: CapKey
    points: int


def limits(rule: ActiveRule, facts: Facts) -> tuple[Limit, ...]:
    """The counters that what a rule gives for an event is held against."""
    return tuple(
        Limit(CapKey(rule.rule_id, cap.per, cap.period, period_key(cap.period, facts)), cap.points)
        for cap in rule.caps
    )


def period_key(period: Period, facts: Facts) -> str:
    """The day, ISO week or month in which the event occurred; `ever` for all time."""
    return period_of(facts.day, period)


def allowed(points: int, limits: tuple[Limit, ...], room: Mapping[CapKey, int]) -> int:
    """How many of these points every counter has room for; `room` names each of them."""
    return min([points, *(max(0, room[limit.key]) for limit in limits)])
