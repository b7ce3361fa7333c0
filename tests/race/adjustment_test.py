"""Adjustments at once: what one admin may do alone is never passed, and a decision is made once.

Each test has a control beside it: one guard is taken away, and what the test asserts is seen to
fail.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from mall.http import Identity
from mall.keys import ENTRY_PREFIX
from mall.points.program import PROGRAM, Program
from mall.points.views import AdjustmentView, AdjustRequest
from mall.writes import Write

from functions.points.adjust_points import adjust_points
from functions.points.approve_adjustment import approve_adjustment
from functions.points.reject_adjustment import reject_adjustment
from tests.builders import any_id
from tests.emulated import ADMIN, EmulatedMall
from tests.race.rivals import Outcomes, RivalStore, rivals

RIVALS = 8
POINTS = 1_000
ALLOWED = 5
Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


def _tallies(write: Write) -> bool:
    return write.key["pk"].startswith("ADJUSTED#")


def _decisions(write: Write) -> bool:
    return write.key["pk"].startswith("ADJUSTMENT#")


def _program(threshold: int) -> Program:
    settings = PROGRAM.settings.model_copy(update={"adjustment_approval_threshold": threshold})
    return replace(PROGRAM, settings=settings)


def _ask(
    mall: EmulatedMall, member: str, admin: Identity = ADMIN, threshold: int = ALLOWED * POINTS
) -> AdjustmentView:
    request = AdjustRequest(user_id=member, points=POINTS, reason="for a test")
    return adjust_points.story(request, any_id(), admin, mall.store, _program(threshold))


def _admins() -> Sequence[Identity]:
    return [Identity(f"admin {number}", frozenset({"admin"})) for number in range(RIVALS)]


def _race_of_one_admin(mall: EmulatedMall, forgets: Forgets = _nothing) -> Counter[str]:
    """8 adjustments by one admin for 8 members, of which 5 are within the threshold."""
    members = mall.members([0] * RIVALS)
    mall.use(mall.opened(RivalStore, parties=RIVALS, forgets=forgets))
    outcomes = rivals(RIVALS, lambda n: _ask(mall, members[n]))
    assert not outcomes.refusals
    return Counter(view.status for view in outcomes.answers)


def _race_for_one_member(mall: EmulatedMall, forgets: Forgets = _nothing) -> Counter[str]:
    """8 admins adjust for one member at once, each of them within the threshold."""
    member, admins = mall.member(), _admins()
    mall.use(mall.opened(RivalStore, parties=RIVALS, forgets=forgets))
    outcomes = rivals(RIVALS, lambda n: _ask(mall, member, admins[n]))
    assert not outcomes.refusals
    return Counter(view.status for view in outcomes.answers)


WITHIN = {"applied": ALLOWED, "waiting_approval": RIVALS - ALLOWED}


def should_let_one_admin_do_no_more_alone_than_the_threshold(mall: EmulatedMall) -> None:
    assert _race_of_one_admin(mall) == WITHIN
    mall.audit()


def should_be_seen_to_pass_the_threshold_without_the_version_of_the_sums(
    mall: EmulatedMall,
) -> None:
    """Control."""
    with pytest.raises(AssertionError):
        assert _race_of_one_admin(mall, forgets=_tallies) == WITHIN


def should_let_many_admins_do_no_more_for_one_member_than_the_threshold(
    mall: EmulatedMall,
) -> None:
    assert _race_for_one_member(mall) == WITHIN
    assert len(mall.audit().chains) == 1


def _race_of_decisions(
    mall: EmulatedMall, forgets: Forgets = _nothing
) -> tuple[AdjustmentView, Outcomes[AdjustmentView], Counter[str]]:
    """4 admins approve and 4 reject one adjustment at once."""
    asked = _ask(mall, mall.member(), threshold=0)
    store, admins = mall.opened(RivalStore, parties=RIVALS, forgets=forgets), _admins()

    def decide(number: int) -> AdjustmentView:
        if number % 2:
            return reject_adjustment.story(asked.adjustment_id, admins[number], store)
        return approve_adjustment.story(asked.adjustment_id, admins[number], store, PROGRAM)

    outcomes = rivals(RIVALS, decide)
    booked = Counter(
        write.item["kind"] for write in store.written if write.key["sk"].startswith(ENTRY_PREFIX)
    )
    return asked, outcomes, booked


def _decided_once(outcomes: Outcomes[AdjustmentView], booked: Counter[str]) -> None:
    """All who agree with what was decided see the same, the others are told that it was."""
    assert len({view.model_dump_json() for view in outcomes.answers}) == 1
    assert outcomes.codes == ["already_decided"] * (RIVALS // 2)
    applied = outcomes.answers[0].status == "applied"
    assert booked == ({"adjust": 1} if applied else {})


def should_decide_once(mall: EmulatedMall) -> None:
    """Case 78: one entry or none, whoever was first."""
    _, outcomes, booked = _race_of_decisions(mall)
    _decided_once(outcomes, booked)
    mall.audit()


def should_be_seen_to_decide_twice_without_the_condition_on_the_status(
    mall: EmulatedMall,
) -> None:
    """Control."""
    _, outcomes, booked = _race_of_decisions(mall, forgets=_decisions)
    with pytest.raises(AssertionError):
        _decided_once(outcomes, booked)


def should_approve_once_however_many_approve(mall: EmulatedMall) -> None:
    member, admins = mall.member(), _admins()
    asked = _ask(mall, member, threshold=0)
    mall.use(mall.opened(RivalStore, parties=RIVALS))
    outcomes = rivals(
        RIVALS,
        lambda n: approve_adjustment.story(asked.adjustment_id, admins[n], mall.store, PROGRAM),
    )
    assert not outcomes.refusals
    assert len({view.model_dump_json() for view in outcomes.answers}) == 1
    assert mall.available(member) == POINTS
    mall.audit()
