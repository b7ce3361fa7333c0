"""Drafts of one rule at once: of versions whose windows meet, one is in force.

The control takes the guard away, and what the test asserts is seen to fail.
"""

from collections.abc import Callable

import pytest
from mall.http import Identity
from mall.points.program import PROGRAM
from mall.points.rules.request import RuleGives, RuleRequest
from mall.points.rules.views import RuleView
from mall.store.rules import active_versions
from mall.writes import Write

from functions.points.activate_rule import activate_rule
from functions.points.change_rule import change_rule
from functions.points.create_rule import create_rule
from tests.emulated import ADMIN, EmulatedMall
from tests.race.rivals import Outcomes, RivalStore, at_once, rivals, to

RIVALS = 4
Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


def _request(points: int) -> RuleRequest:
    gives = RuleGives.model_validate({"points": points, "per_amount": 100, "currency": "USD"})
    return RuleRequest(rule_id="rate", name="The rate", kind="base", gives=gives)


def _race(mall: EmulatedMall, forgets: Forgets = _nothing) -> tuple[Outcomes[RuleView], list[int]]:
    """4 admins save a draft for all time and activate what is newest; and which were saved."""
    saved: list[int] = []
    create_rule.story(_request(1), ADMIN, mall.store, PROGRAM, None)
    store = mall.opened(RivalStore, parties=RIVALS, forgets=forgets, pause=at_once)

    def act(number: int) -> RuleView:
        admin = Identity(f"admin {number}", frozenset({"admin"}))
        draft = change_rule.story(_request(number + 2), "rate", admin, store, PROGRAM)
        saved.append(draft.version)
        return activate_rule.story("rate", admin, store)

    return rivals(RIVALS, act), saved


def _one_is_in_force(mall: EmulatedMall, outcomes: Outcomes[RuleView], saved: list[int]) -> None:
    assert outcomes.answers
    assert len({*saved}) == len(saved)  # nobody's draft was written over
    assert set(outcomes.codes) <= {"invalid"}  # the window was taken meanwhile
    [in_force] = active_versions(mall.store)
    assert {(v.version, v.status) for v in outcomes.answers} == {(in_force.version, "active")}


def should_put_one_of_the_drafts_in_force_whose_windows_meet(mall: EmulatedMall) -> None:
    _one_is_in_force(mall, *_race(mall))


def should_be_seen_to_lose_drafts_without_the_revision_of_the_rule(mall: EmulatedMall) -> None:
    """Control: every draft is the second version, and each takes the other's place."""
    outcomes, saved = _race(mall, forgets=to("points"))
    with pytest.raises(AssertionError):
        _one_is_in_force(mall, outcomes, saved)
