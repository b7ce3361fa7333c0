"""Check-ins at once: one per program day, whatever they give.

The control takes a guard away, and what the test asserts is seen to fail.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from mall.http import Identity
from mall.points.check_ins import CheckInView
from mall.points.program import PROGRAM, Program
from mall.points.program.settings import CheckIns
from mall.writes import Write

from functions.points.check_in import check_in
from tests.emulated import EmulatedMall
from tests.race.rivals import Outcomes, RivalStore, rivals

RIVALS = 16
Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


def _days(write: Write) -> bool:
    return write.key["sk"].startswith("CHECKIN#")


def _program(points: int) -> Program:
    rules = CheckIns(cycle=(points,))
    return replace(PROGRAM, settings=PROGRAM.settings.model_copy(update={"check_in": rules}))


def _race(
    mall: EmulatedMall, points: int, forgets: Forgets = _nothing
) -> tuple[str, Outcomes[CheckInView]]:
    member, program = mall.member(), _program(points)
    store = mall.opened(RivalStore, parties=RIVALS, forgets=forgets)
    outcomes = rivals(RIVALS, lambda _: check_in.story(Identity(member), store, program))
    return member, outcomes


@pytest.mark.parametrize("points", [5, 0], ids=["points", "no points"])
def should_check_in_once_a_day(mall: EmulatedMall, points: int) -> None:
    """Case 71."""
    member, outcomes = _race(mall, points)
    assert len(outcomes.answers) == 1
    assert outcomes.codes == ["already_checked_in"] * (RIVALS - 1)
    assert mall.available(member) == points
    mall.audit()


@pytest.mark.parametrize("points", [5, 0], ids=["points", "no points"])
def should_be_seen_to_check_in_often_without_the_condition_on_the_day(
    mall: EmulatedMall, points: int
) -> None:
    """Control."""
    _, outcomes = _race(mall, points, forgets=_days)
    assert len(outcomes.answers) > 1
