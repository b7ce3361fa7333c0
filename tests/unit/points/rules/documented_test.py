"""The bodies that docs/guides/rules.md shows are ones that the mall takes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from mall.points.program.settings import ProgramSettings
from mall.points.rules.checking import check, vocabulary
from mall.points.rules.replaying import ReplayRequest, check_all
from mall.points.rules.request import RetireRequest, RuleRequest
from mall.points.rules.rule import Rule, activate, retire, save

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs/guides/rules.md").read_text()
CONTRACT = json.loads((ROOT / "docs/reference/openapi.json").read_text())
BODIES: list[dict[str, Any]] = [
    json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
]
RULES = [body for body in BODIES if "gives" in body]
REPLAYS = [body for body in BODIES if "rules" in body]
RETIREMENTS = [body for body in BODIES if "at" in body]
KNOWN = vocabulary(ProgramSettings())


def should_show_a_body_of_each_kind() -> None:
    assert len(RULES) + len(REPLAYS) + len(RETIREMENTS) == len(BODIES)
    assert {rule["kind"] for rule in RULES} == {"base", "campaign"}
    assert (len(REPLAYS), len(RETIREMENTS)) == (1, 2)


@pytest.mark.parametrize("body", RULES, ids=lambda body: body["name"])
def should_show_rules_that_are_taken(body: dict[str, Any]) -> None:
    check(RuleRequest.model_validate(body), KNOWN)


@pytest.mark.parametrize("body", REPLAYS)
def should_show_a_replay_that_is_taken(body: dict[str, Any]) -> None:
    check_all(ReplayRequest.model_validate(body), KNOWN)


def should_change_a_rate_at_an_instant_by_the_three_requests_shown() -> None:
    old, new = (RuleRequest.model_validate(body) for body in (RULES[0], RULES[-1]))
    at = RetireRequest.model_validate(RETIREMENTS[0]).at
    assert at is not None
    instant = int(at.timestamp() * 1000)
    rule = activate(save(Rule("rate"), old, "ada", 1), "ada", 1)
    rule = retire(rule, instant, None, "ada", 2, 0)
    rule = activate(save(rule, new, "ada", 3), "ada", 3)
    assert [(each.starts_at, each.ends_at) for each in rule.active] == [
        (None, instant),
        (instant, None),
    ]


@pytest.mark.parametrize("body", RETIREMENTS)
def should_show_retirements_that_are_taken(body: dict[str, Any]) -> None:
    RetireRequest.model_validate(body)


def should_name_routes_that_the_contract_has() -> None:
    named = set(re.findall(r"`(GET|POST|PUT) (/v1/[^`]+)`", PAGE))
    assert len(named) >= 8
    routes = {(method.upper(), path) for path, held in CONTRACT["paths"].items() for method in held}
    assert named - routes == set()


def should_name_refusals_that_the_catalogue_has() -> None:
    named = set(re.findall(r"409 `(\w+)`", PAGE))
    catalogue = (ROOT / "docs/reference/errors.md").read_text()
    assert {code for code in named if f"`{code}`" not in catalogue} == set()
    assert named
