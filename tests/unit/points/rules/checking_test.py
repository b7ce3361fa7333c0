"""What a rule must be: every refusal with the path of its field."""

from typing import Any

import pytest
from mall.errors import Invalid
from mall.points.program.settings import ProgramSettings
from mall.points.rules.checking import check, vocabulary
from mall.points.rules.request import RuleRequest
from pydantic import ValidationError

RATE = {"points": 1, "per_amount": 100, "currency": "USD"}
SETTINGS = ProgramSettings.model_validate(
    {
        "tiers": [{"tier_id": "gold", "name": "Gold", "threshold": 1000}],
        "event_types": [
            {
                "type": "purchase",
                "attributes": [
                    {"name": "channel", "kind": "text"},
                    {"name": "items", "kind": "integer"},
                    {"name": "gift", "kind": "boolean"},
                ],
            },
            {"type": "walk", "attributes": [{"name": "steps", "kind": "integer"}]},
        ],
    }
)


def _base(**said: Any) -> dict[str, Any]:
    return {"name": "n", "kind": "base", "gives": RATE} | said


def _campaign(**said: Any) -> dict[str, Any]:
    return {"name": "n", "kind": "campaign", "gives": {"multiplier": "2"}} | said


def _faults(said: dict[str, Any]) -> list[str]:
    """The paths that a rule is refused for; none for a good one."""
    try:
        check(RuleRequest.model_validate(said), vocabulary(SETTINGS))
    except ValidationError as error:
        return [".".join(map(str, fault["loc"])) for fault in error.errors()]
    except Invalid as refusal:
        return [fault["field"] for fault in refusal.faults]
    return []


def _asks(**test: Any) -> dict[str, Any]:
    return {"conditions": {"attributes": [{"name": "channel", **test}]}}


@pytest.mark.parametrize(
    "said",
    [
        _base(),
        _base(gives=RATE | {"points": "1.5", "whole_units": False}),
        _base(gives={"points": 100}),
        _base(gives={"points": 100}, event_types=["review", "walk", "referral"]),
        _base(conditions={"tiers": ["gold", "base"], "weekdays": ["sat", "sun"]}),
        _campaign(gives={"multiplier": "1.0001"}),
        _campaign(gives={"multiplier": 100}),
        _campaign(gives={"bonus": 1}),
        _campaign(stacking="add", priority=-5, budget={"points": 2**53 - 1}),
        _campaign(starts_at="2026-11-22T00:00:00Z", ends_at="2026-11-23T00:00:00+01:00"),
        _campaign(rule_id="black-friday_2026"),
        _campaign(**_asks(equals="app")),
        _campaign(**_asks(one_of=["app", "till"])),
        _campaign(conditions={"attributes": [{"name": "items", "at_least": 3}]}),
        _campaign(conditions={"attributes": [{"name": "gift", "equals": False}]}),
        _campaign(
            event_types=["purchase", "walk"],
            conditions={"attributes": [{"name": "steps", "at_most": 3}]},
        ),
        _campaign(
            caps=[
                {"per": "member", "period": "day", "points": 1},
                {"per": "program", "period": "day", "points": 1},
                {"per": "member", "period": "ever", "points": 1},
            ]
        ),
    ],
)
def should_take_a_rule_that_is_whole(said: dict[str, Any]) -> None:
    assert _faults(said) == []


SHAPES: list[tuple[dict[str, Any], str]] = [
    (_base(surprise=1), "surprise"),
    (_base(rule_id="a b"), "rule_id"),
    (_base(rule_id="a#b"), "rule_id"),
    (_base(rule_id=""), "rule_id"),
    (_base(name=""), "name"),
    (_base(name="x" * 121), "name"),
    (_base(kind="other"), "kind"),
    (_base(event_types=[]), "event_types"),
    (_base(event_types=["purchase"] * 21), "event_types"),
    (_base(starts_at="2026-11-22"), "starts_at"),
    (_base(ends_at=1), "ends_at"),
    (_base(gives=RATE | {"points": 1.5}), "gives.points"),
    (_base(gives=RATE | {"points": "0"}), "gives.points"),
    (_base(gives=RATE | {"points": -1}), "gives.points"),
    (_base(gives=RATE | {"points": "NaN"}), "gives.points"),
    (_base(gives=RATE | {"points": "1.00001"}), "gives.points"),
    (_base(gives=RATE | {"points": 1_000_001}), "gives.points"),
    (_base(gives=RATE | {"points": True}), "gives.points"),
    (_base(gives=RATE | {"per_amount": 0}), "gives.per_amount"),
    (_base(gives=RATE | {"per_amount": 2.5}), "gives.per_amount"),
    (_base(gives=RATE | {"currency": "usd"}), "gives.currency"),
    (_base(gives=RATE | {"whole_units": "yes"}), "gives.whole_units"),
    (_base(gives=RATE | {"rate": 1}), "gives.rate"),
    (_campaign(gives={"multiplier": "1"}), "gives.multiplier"),
    (_campaign(gives={"multiplier": "0"}), "gives.multiplier"),
    (_campaign(gives={"multiplier": "-2"}), "gives.multiplier"),
    (_campaign(gives={"multiplier": "NaN"}), "gives.multiplier"),
    (_campaign(gives={"multiplier": "Infinity"}), "gives.multiplier"),
    (_campaign(gives={"multiplier": 1.5}), "gives.multiplier"),
    (_campaign(gives={"multiplier": 2.0}), "gives.multiplier"),
    (_campaign(gives={"multiplier": "1.00001"}), "gives.multiplier"),
    (_campaign(gives={"multiplier": "100.0001"}), "gives.multiplier"),
    (_campaign(gives={"multiplier": "two"}), "gives.multiplier"),
    (_campaign(gives={"bonus": 0}), "gives.bonus"),
    (_campaign(gives={"bonus": "5"}), "gives.bonus"),
    (_campaign(gives={"bonus": 1.0}), "gives.bonus"),
    (_campaign(scope={"skus": ["x"] * 101}), "scope.skus"),
    (_campaign(scope={"categories": [""]}), "scope.categories.0"),
    (_campaign(scope={"brands": ["x"]}), "scope.brands"),
    (_campaign(conditions={"weekdays": ["monday"]}), "conditions.weekdays.0"),
    (_campaign(conditions={"first_purchase": False}), "conditions.first_purchase"),
    (_campaign(conditions={"first_purchase": 1}), "conditions.first_purchase"),
    (_campaign(conditions={"minimum_amount": 5}), "conditions.minimum_amount"),
    (
        _campaign(conditions={"minimum_amount": {"amount": 0, "currency": "USD"}}),
        "conditions.minimum_amount.amount",
    ),
    (
        _campaign(conditions={"minimum_amount": {"amount": 5}}),
        "conditions.minimum_amount.currency",
    ),
    (_campaign(**_asks(equals=1.5)), "conditions.attributes.0.equals"),
    (_campaign(**_asks(equals=2**53)), "conditions.attributes.0.equals"),
    (_campaign(**_asks(equals="x" * 121)), "conditions.attributes.0.equals"),
    (_campaign(**_asks(equals="a\nb")), "conditions.attributes.0.equals"),
    (_campaign(**_asks(one_of=[])), "conditions.attributes.0.one_of"),
    (_campaign(**_asks(one_of=["a", None])), "conditions.attributes.0.one_of.1"),
    (_campaign(**_asks(at_least="3")), "conditions.attributes.0.at_least"),
    (_campaign(**_asks(matches="3")), "conditions.attributes.0.matches"),
    (_campaign(priority="high"), "priority"),
    (_campaign(priority=1.0), "priority"),
    (_campaign(stacking="most"), "stacking"),
    (_campaign(budget={"points": 0}), "budget.points"),
    (_campaign(budget={"points": 1.5}), "budget.points"),
    (_campaign(caps=[{"per": "shop", "period": "day", "points": 1}]), "caps.0.per"),
    (_campaign(caps=[{"per": "member", "period": "year", "points": 1}]), "caps.0.period"),
    (_campaign(caps=[{"per": "member", "period": "day", "points": 0}]), "caps.0.points"),
]
CONTENTS: list[tuple[dict[str, Any], str]] = [
    (_base(gives={}), "gives"),
    (_base(gives=RATE | {"bonus": 1}), "gives"),
    (_base(gives={"per_amount": 100, "currency": "USD"}), "gives"),
    (_base(gives={"points": None}), "gives.points"),
    (_base(gives={"multiplier": "2"}), "gives.multiplier"),
    (_base(gives={"bonus": 5}), "gives.bonus"),
    (_campaign(gives=RATE), "gives.points"),
    (_campaign(gives={"points": 5}), "gives.points"),
    (_base(gives={"points": "1.5"}), "gives.points"),
    (_base(gives={"points": 1, "currency": "USD"}), "gives.currency"),
    (_base(gives={"points": 1, "whole_units": True}), "gives.whole_units"),
    (_campaign(gives={"bonus": 1, "currency": "USD"}), "gives.currency"),
    (_base(gives={"points": 1, "per_amount": 100}), "gives.currency"),
    (_base(event_types=["purchase", "review"]), "event_types.1"),
    (_campaign(event_types=["purchase", "purchase"]), "event_types.1"),
    (_campaign(event_types=["run"]), "event_types.0"),
    (_campaign(event_types=["purchase_refunded"]), "event_types.0"),
    (
        _base(starts_at="2026-11-22T00:00:00Z", ends_at="2026-11-22T00:00:00Z"),
        "ends_at",
    ),
    (_campaign(conditions={"tiers": ["gold", "lead"]}), "conditions.tiers.1"),
    (_campaign(conditions={"tiers": ["gold", "gold"]}), "conditions.tiers.1"),
    (_campaign(conditions={"weekdays": ["sun", "sun"]}), "conditions.weekdays.1"),
    (
        _campaign(conditions={"attributes": [{"name": "steps", "equals": 3}]}),
        "conditions.attributes.0.name",
    ),
    (_campaign(event_types=["walk"], **_asks(equals="app")), "conditions.attributes.0.name"),
    (_campaign(event_types=["review"], **_asks(equals="app")), "conditions.attributes.0.name"),
    (_campaign(**_asks()), "conditions.attributes.0"),
    (_campaign(**_asks(equals="a", one_of=["b"])), "conditions.attributes.0"),
    (_campaign(**_asks(equals=1)), "conditions.attributes.0.equals"),
    (_campaign(**_asks(equals=True)), "conditions.attributes.0.equals"),
    (_campaign(**_asks(one_of=["a", 1])), "conditions.attributes.0.one_of.1"),
    (_campaign(**_asks(at_least=1)), "conditions.attributes.0.at_least"),
    (_campaign(**_asks(at_most=1)), "conditions.attributes.0.at_most"),
    (
        _campaign(conditions={"attributes": [{"name": "items", "equals": True}]}),
        "conditions.attributes.0.equals",
    ),
    (
        _campaign(conditions={"attributes": [{"name": "gift", "at_least": 1}]}),
        "conditions.attributes.0.at_least",
    ),
    (_campaign(caps=[{"per": "member", "period": "day", "points": n} for n in (1, 2)]), "caps.1"),
    (_base(stacking="add"), "stacking"),
    (_campaign(scope={"skus": ["x" * 120 + str(n) for n in range(3)]}), "scope.skus.0"),
    (
        _campaign(scope={n: [f"{i:0120d}" for i in range(99)] for n in ("skus", "categories")}
                  | {"product_types": [f"{i:0120d}" for i in range(99)]}),
        "scope",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("said", "path"), [*SHAPES, *CONTENTS])
def should_name_the_field_that_is_wrong(said: dict[str, Any], path: str) -> None:
    assert _faults(said)[0] == path


@pytest.mark.parametrize(("said", "path"), CONTENTS)
def should_find_no_other_fault(said: dict[str, Any], path: str) -> None:
    assert len(_faults(said)) == (3 if path == "scope.skus.0" else 1)


def should_name_all_that_is_wrong_at_once() -> None:
    said = _campaign(event_types=["run"], stacking="best", conditions={"tiers": ["lead"]})
    assert _faults(said) == ["event_types.0", "conditions.tiers.0"]


def should_know_the_built_in_types_and_the_base_tier_without_any_settings() -> None:
    known = vocabulary(ProgramSettings())
    assert dict(known.event_types) == {
        "purchase": {},
        "review": {},
        "referral": {},
        "profile_completed": {},
    }
    assert known.tiers == {"base"}
