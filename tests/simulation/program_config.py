"""Random programs: settings and rules as the documents that admins send, full of corners."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from mall.points.program import ProgramSettings
from mall.points.rules import checking
from mall.points.rules.active import active_rule, instant_of
from mall.points.rules.request import RuleRequest
from mall.points.rules.rule import document
from mall.points.rules.rule_set import RuleSet

Document = dict[str, Any]
ZONES = (
    "Europe/Berlin", "America/New_York", "Pacific/Auckland", "UTC", "America/Havana",
    "Asia/Kathmandu", "Pacific/Chatham",
)  # fmt: skip
SKUS, CATEGORIES, PRODUCT_TYPES = ("a", "b", "c", "d"), ("x", "y"), ("p", "q")
ACTIVITIES = ("review", "referral", "profile_completed", "survey")
_EVENT_TYPES = [
    {"type": "review", "attributes": [{"name": "stars", "kind": "integer"}]},
    {"type": "survey", "attributes": [{"name": "channel", "kind": "text"}]},
    {"type": "purchase", "attributes": [{"name": "online", "kind": "boolean"}]},
]
_TESTS: Sequence[Document] = (
    {"name": "stars", "at_least": 3},
    {"name": "stars", "at_most": 2},
    {"name": "stars", "equals": 1},
    {"name": "channel", "one_of": ["web", "shop"]},
    {"name": "online", "equals": True},
)
_TYPES_OF_TEST = {"stars": "review", "channel": "survey", "online": "purchase"}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = ("2028-02-20T00:00:00Z", "2028-03-29T00:30:00+01:00", "2028-06-01T00:00:00-04:00")


@dataclass(frozen=True)
class Configuration:
    """Settings and rules, as documents; no rules are the built-in one."""

    settings: Document
    rules: Sequence[Document] | None

    @property
    def real_settings(self) -> ProgramSettings:
        """The settings as the mall reads them."""
        return ProgramSettings.model_validate(self.settings)

    @property
    def real_rules(self) -> RuleSet | None:
        """The rules as the mall puts them in force. Raises Invalid."""
        if self.rules is None:
            return None
        known, made = checking.vocabulary(self.real_settings), []
        for said in self.rules:
            request = RuleRequest.model_validate(said)
            checking.check(request, known)
            kept = document(request)
            made.append(
                active_rule(said["rule_id"], 1, kept, ends_at=instant_of(kept.get("ends_at")))
            )
        return RuleSet.of(made)

    def __str__(self) -> str:
        return json.dumps({"settings": self.settings, "rules": self.rules})


def any_configuration(chance: Random, zone: str, names: str) -> Configuration:
    """A program. `names` is what its rules' ids begin with."""
    settings = _settings(chance, zone)
    if chance.random() < 0.1:
        return Configuration(settings, None)
    ids = [f"{letter}-{names}" for letter in "abcdefghz"]  # some before, some after `tier:`
    chance.shuffle(ids)
    rules = [_rule(chance, rule_id, settings) for rule_id in ids[: chance.randint(1, 6)]]
    if chance.random() < 0.7:
        gives = {"points": chance.choice((1, "2.5")), "per_amount": 100, "currency": "EUR"}
        rules.append({"rule_id": f"i-{names}", "name": "All", "kind": "base", "gives": gives})
    return Configuration(settings, rules)


def _settings(chance: Random, zone: str) -> Document:
    settings: Document = {
        "zone": zone,
        "currency": "EUR",
        "expiry": _expiry(chance),
        "expiry_counted_from": chance.choice(("earning", "activation")),
        "pending_days": chance.choice((0, 0, 1, 3, 14)),
        "claw_back_policy": chance.choice(("only_pending", "within_balance", "unlimited")),
        "grace_days": chance.choice((1, 5, 30)),
        "tier_basis": chance.choice(("lifetime", "twelve_months")),
        "event_types": _EVENT_TYPES,
    }
    if chance.random() < 0.6:
        settings["tiers"] = [
            {"tier_id": "silver", "name": "Silver", "threshold": chance.choice((1, 40, 150)),
             "multiplier": chance.choice(("1.25", "1.5", "1"))},
            {"tier_id": "gold", "name": "Gold", "threshold": chance.choice((151, 400)),
             "multiplier": chance.choice(("2", "1.3333"))},
        ]  # fmt: skip
    return settings


def _expiry(chance: Random) -> Document:
    policy = chance.choice(
        ("none", "fixed_days", "fixed_days", "rolling_months", "calendar_year", "inactivity")
    )
    said: Document = {"policy": policy}
    if policy == "fixed_days":
        said |= {"days": chance.choice((1, 2, 10, 30, 45))}
    elif policy in ("rolling_months", "inactivity"):
        said |= {"months": chance.choice((1, 2, 3))}
    elif policy == "calendar_year":
        said |= {"years": chance.choice((0, 0, 1)), "grace_days": chance.choice((0, 31, 60))}
    if policy in ("fixed_days", "rolling_months", "inactivity") and chance.random() < 0.6:
        said["round_to"] = chance.choice(("day", "day", "week", "month", "quarter", "year"))
    return said


def _rule(chance: Random, rule_id: str, settings: Document) -> Document:
    sort = chance.choice(("rate", "rate", "rate", "fixed", "multiplier", "multiplier", "bonus"))
    rule: Document = {
        "rule_id": rule_id,
        "name": rule_id,
        "kind": "base" if sort in ("rate", "fixed") else "campaign",
        "gives": _gives(chance, sort),
        "priority": chance.choice((0, 0, 0, 1, -1)),
        "scope": _scope(chance),
        "conditions": _conditions(chance, settings),
    }
    if rule["kind"] == "campaign":
        rule["stacking"] = chance.choice(("best", "add"))
    tests = rule["conditions"].get("attributes", ())
    types = [_TYPES_OF_TEST[test["name"]] for test in tests]
    if sort != "rate":
        types = types or chance.sample(("purchase", *ACTIVITIES), chance.randint(1, 5))
        rule["event_types"] = types
    elif types not in ([], ["purchase"]):
        rule["conditions"] = {}
    if chance.random() < 0.1:
        rule["starts_at"] = _WINDOW[0]
    if chance.random() < 0.1:
        rule["ends_at"] = chance.choice(_WINDOW[1:])
    return rule | _limits(chance)


def _limits(chance: Random) -> Document:
    limits: Document = {}
    if chance.random() < 0.3:
        kinds = [(per, period) for per in ("member", "program")
                 for period in ("day", "week", "month", "ever")]  # fmt: skip
        limits["caps"] = [
            {"per": per, "period": period, "points": chance.choice((1, 7, 30, 100))}
            for per, period in chance.sample(kinds, chance.randint(1, 3))
        ]
    if chance.random() < 0.15:
        limits["budget"] = {"points": chance.choice((5, 50, 500))}
    return limits


def _gives(chance: Random, sort: str) -> Document:
    if sort == "fixed":
        return {"points": chance.choice((1, 5, 20))}
    if sort == "bonus":
        return {"bonus": chance.choice((1, 5, 20))}
    if sort == "multiplier":
        return {"multiplier": chance.choice(("1.1", "1.5", 2, 3))}
    return {
        "points": chance.choice(("0.5", 1, "1.3333", 2, "2.5")),
        "per_amount": chance.choice((1, 7, 100, 100, 250)) * 100,
        "currency": chance.choice(("EUR", "EUR", "EUR", "EUR", "USD")),
        "whole_units": chance.random() < 0.6,
    }


def _scope(chance: Random) -> Document:
    names = {"skus": SKUS, "categories": CATEGORIES, "product_types": PRODUCT_TYPES}
    scope: Document = {}
    if chance.random() < 0.5:
        name = chance.choice([*names])
        scope[name] = chance.sample(names[name], chance.randint(1, len(names[name])))
    if chance.random() < 0.25:
        name = chance.choice([*names])
        scope[f"excluded_{name}"] = [chance.choice(names[name])]
    return scope


def _conditions(chance: Random, settings: Document) -> Document:
    asked = chance.choice(
        ("", "", "", "", "weekdays", "tiers", "first_purchase", "minimum_amount", "attributes")
    )
    if asked == "weekdays":
        return {asked: chance.sample(_DAYS, chance.randint(1, 4))}
    if asked == "tiers" and "tiers" in settings:
        return {asked: chance.choice((["base"], ["silver"], ["silver", "gold"]))}
    if asked == "first_purchase":
        return {asked: True}
    if asked == "minimum_amount":
        return {asked: {"amount": chance.choice((1_000, 8_000)), "currency": "EUR"}}
    if asked == "attributes":
        return {asked: [chance.choice(_TESTS)]}
    return {}
