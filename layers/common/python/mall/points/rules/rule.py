"""A rule and its versions: drafts that are saved, activated and retired, by admins, on the record.

Several versions may be active with windows that do not meet, so that every instant has one version
at most and a change can be prepared. A version's document never changes; retiring moves its end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from mall.clock import Millis, instant
from mall.errors import Invalid, NoDraft, NotFound, TooManyRules
from mall.points.rules.active import ActiveRule, active_rule, instant_of
from mall.points.rules.request import RuleRequest

VERSIONS_MAX = 80  # of one rule, so that it can be shown whole
ACTIVE_VERSIONS_MAX = 20  # of one rule, so that it can be retired in one transaction
ACTIVE_RULES_MAX = 200  # versions in the whole program
BUILT_IN = "base"  # the rule id whose version 1 is built in

Status = Literal["draft", "superseded", "active", "retired"]


@dataclass(frozen=True)
class RuleVersion:
    """One version. `ends_at` is the document's, or an earlier one since it was retired.

    A version that was retired stays active for events that occurred before its end; its status is
    `retired` when there can be none.
    """

    rule_id: str
    version: int
    document: Mapping[str, Any]
    created_at: Millis
    created_by: str
    status: Status = "draft"
    ends_at: Millis | None = None
    activated_at: Millis | None = None
    activated_by: str = ""
    retired_at: Millis | None = None
    retired_by: str = ""

    @property
    def starts_at(self) -> Millis | None:
        """The first instant of the window; None if it is open."""
        return instant_of(self.document.get("starts_at"))

    @property
    def compiled(self) -> ActiveRule:
        """The version as evaluations use it."""
        return active_rule(self.rule_id, self.version, self.document, self.ends_at)

    def meets(self, other: "RuleVersion") -> bool:
        """Whether an event could fall into both windows."""
        mine_ends_first = self.ends_at is not None and self.ends_at <= (other.starts_at or 0)
        other_ends_first = other.ends_at is not None and other.ends_at <= (self.starts_at or 0)
        return not (mine_ends_first or other_ends_first)

    def shown_status(self, now: Millis) -> Status:
        """The status for a reader: a version that was retired is so from its end on."""
        over = self.retired_at is not None and self.ends_at is not None and self.ends_at <= now
        return "retired" if self.status == "active" and over else self.status


@dataclass(frozen=True)
class Rule:
    """A rule with all its versions, oldest first. `revision` counts its changes."""

    rule_id: str
    versions: tuple[RuleVersion, ...] = ()
    revision: int = 0

    @property
    def newest(self) -> RuleVersion:
        """The version that was saved last."""
        return self.versions[-1]

    @property
    def active(self) -> tuple[RuleVersion, ...]:
        """The versions in force for some instant."""
        return tuple(version for version in self.versions if version.status == "active")


def is_rate(version: RuleVersion) -> bool:
    """Whether a version gives points per amount."""
    return "per_amount" in version.document["gives"]


def built_in(currency: str) -> RuleVersion:
    """The rate that is in force until one is activated: 1 point per whole 100 minor units."""
    rate = {"points": 1, "per_amount": 100, "currency": currency}
    request = RuleRequest.model_validate({"name": "Built in", "kind": "base", "gives": rate})
    return RuleVersion(BUILT_IN, 1, document(request), 0, "", "active")


def document(request: RuleRequest) -> dict[str, Any]:
    """What is kept of a request: plain values, exact decimals as text."""
    said = request.model_dump(mode="json", exclude_none=True, exclude={"rule_id"})
    for name in ("points", "multiplier"):
        if (exact := getattr(request.gives, name)) is not None:
            said["gives"][name] = _plain(exact)
    said["scope"] = {name: names for name, names in said["scope"].items() if names}
    said["conditions"] = {name: asked for name, asked in said["conditions"].items() if asked}
    return said


def _plain(exact: Decimal) -> int | str:
    """A whole number as such, another decimal as text without needless digits."""
    return int(exact) if exact % 1 == 0 else format(exact.normalize(), "f")


def save(rule: Rule, request: RuleRequest, by: str, now: Millis) -> Rule:
    """The rule with a new draft, unless its newest version is this very draft.

    Raises Invalid when the draft's window meets that of an active version, TooManyRules.
    """
    said = document(request)
    if rule.versions and rule.newest.status == "draft" and rule.newest.document == said:
        return rule
    if len(rule.versions) >= VERSIONS_MAX:
        raise TooManyRules(f"This rule has {VERSIONS_MAX} versions already.")
    number = rule.newest.version + 1 if rule.versions else 1 + (rule.rule_id == BUILT_IN)
    draft = RuleVersion(
        rule.rule_id, number, said, now, by, ends_at=instant_of(said.get("ends_at"))
    )
    _keep_apart(draft, rule.active)
    superseded = (
        replace(version, status="superseded") if version.status == "draft" else version
        for version in rule.versions
    )
    return replace(rule, versions=(*superseded, draft))


def activate(rule: Rule, by: str, now: Millis) -> Rule:
    """The rule with its draft in force; the same rule if its newest version is.

    Raises NoDraft, TooManyRules, and Invalid when the window meets that of an active version.
    """
    newest = rule.newest
    if newest.status == "active" and newest.retired_at is None:
        return rule
    if newest.status != "draft":
        raise NoDraft()
    if len(rule.active) >= ACTIVE_VERSIONS_MAX:
        raise TooManyRules(f"This rule has {ACTIVE_VERSIONS_MAX} active versions already.")
    _keep_apart(newest, rule.active)
    active = replace(newest, status="active", activated_at=now, activated_by=by)
    return replace(rule, versions=(*rule.versions[:-1], active))


def retire(
    rule: Rule, at: Millis, version: int | None, by: str, now: Millis, over_before: Millis
) -> Rule:
    """The rule with its active versions, or one of them, ending at an instant or before.

    What no event can fall into any more leaves the active set: a version whose window is empty, or
    ended before `over_before`, the earliest `occurred_at` that is still taken. Raises Invalid for a
    version that never was active.
    """
    named = [one for one in rule.versions if version in (None, one.version)]
    if version is not None and not any(one.activated_at is not None for one in named):
        raise Invalid.of("version", "no such version of this rule was active")
    retired = {
        one.version: _retired(one, at, by, now, over_before)
        for one in named
        if one.status == "active"
    }
    return replace(rule, versions=tuple(retired.get(v.version, v) for v in rule.versions))


def _retired(
    version: RuleVersion, at: Millis, by: str, now: Millis, over_before: Millis
) -> RuleVersion:
    ends_at = at if version.ends_at is None else min(at, version.ends_at)
    over = ends_at <= max(version.starts_at or 0, over_before)
    status: Status = "retired" if over else "active"
    if version.retired_at is not None and (ends_at, status) == (version.ends_at, "active"):
        return version
    return replace(version, ends_at=ends_at, status=status, retired_at=now, retired_by=by)


def _keep_apart(draft: RuleVersion, active: Sequence[RuleVersion]) -> None:
    """Refuse a draft in whose window another version is active. Raises Invalid."""
    for other in active:
        if draft.meets(other):
            until = f"until {instant(other.ends_at)}" if other.ends_at is not None else "for ever"
            message = f"version {other.version} of this rule is active {until}; retire it first"
            raise Invalid.of("starts_at", message)


def existing(rule: Rule | None) -> Rule:
    """The rule, if there is one. Raises NotFound."""
    if rule is None:
        raise NotFound()
    return rule
