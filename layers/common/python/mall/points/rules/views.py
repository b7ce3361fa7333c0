"""How rules are shown."""

from typing import Any

from pydantic import Field

from mall.clock import Millis, instant
from mall.models import View, is_none
from mall.points.rules.rule import Rule, RuleVersion


class RuleGivesView(View):
    """What a rule gives: a rate, fixed points, a multiplier or a bonus."""

    points: int | str | None = Field(default=None, exclude_if=is_none)
    per_amount: int | None = Field(default=None, exclude_if=is_none)
    currency: str | None = Field(default=None, exclude_if=is_none)
    whole_units: bool | None = Field(default=None, exclude_if=is_none)
    multiplier: int | str | None = Field(default=None, exclude_if=is_none)
    bonus: int | None = Field(default=None, exclude_if=is_none)


class RuleCapView(View):
    """Points that a rule may give in a period."""

    per: str
    period: str
    points: int


class RuleBudgetView(View):
    """Points that a rule may give in the whole program, ever."""

    points: int


class RuleVersionView(View):
    """One version: what was said, its status, and who did what when.

    `ends_at` is the end in force, which a retirement may have moved. A retired version still earns
    for events that occurred before its end.
    """

    rule_id: str
    version: int
    status: str
    name: str
    kind: str
    event_types: list[str]
    starts_at: str | None
    ends_at: str | None
    gives: RuleGivesView
    scope: dict[str, list[str]]
    conditions: dict[str, Any]
    priority: int
    stacking: str
    budget: RuleBudgetView | None
    caps: list[RuleCapView]
    created_at: str
    created_by: str
    activated_at: str | None = None
    activated_by: str | None = None
    retired_at: str | None = None
    retired_by: str | None = None


class RuleSummaryView(RuleVersionView):
    """A rule as lists show it: its newest version, and how many there are."""

    versions: int


class RuleView(RuleVersionView):
    """A rule: its newest version, and all of them, newest first."""

    versions: list[RuleVersionView]


class RuleListView(View):
    """One page of rules, in order of their ids."""

    items: list[RuleSummaryView]
    next_cursor: str | None


def whole(rule: Rule, now: Millis) -> RuleView:
    """A rule with all its versions."""
    shown = [RuleVersionView(**_facts(version, now)) for version in reversed(rule.versions)]
    return RuleView(**_facts(rule.newest, now), versions=shown)


def summary(newest: RuleVersion, versions: int, now: Millis) -> RuleSummaryView:
    """A rule by its newest version."""
    return RuleSummaryView(**_facts(newest, now), versions=versions)


def _facts(version: RuleVersion, now: Millis) -> dict[str, Any]:
    return {
        **{"budget": None, **version.document},
        "rule_id": version.rule_id,
        "version": version.version,
        "status": version.shown_status(now),
        "starts_at": _shown(version.starts_at),
        "ends_at": _shown(version.ends_at),
        "created_at": instant(version.created_at),
        "created_by": version.created_by,
        "activated_at": _shown(version.activated_at),
        "activated_by": version.activated_by or None,
        "retired_at": _shown(version.retired_at),
        "retired_by": version.retired_by or None,
    }


def _shown(at: Millis | None) -> str | None:
    return None if at is None else instant(at)
