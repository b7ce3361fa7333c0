"""Changes of the program at once: each is a version of its own, decided on the one before it.

Each test has a control beside it: the guard is taken away, and what the test asserts is seen to
fail.
"""

from collections.abc import Callable

import pytest
from mall import keys
from mall.http import Identity
from mall.points.program.settings import Discounts
from mall.points.program.views import (
    ProgramChangeView,
    ProgramVersionRequest,
    SetProgramRequest,
)
from mall.writes import Write

from functions.points.approve_program import approve_program
from functions.points.set_program import set_program
from tests.emulated import EmulatedMall
from tests.race.rivals import Outcomes, RivalStore, at_once, rivals, to

RIVALS = 6
Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


def _race(
    mall: EmulatedMall, version: int | None, forgets: Forgets = _nothing
) -> Outcomes[ProgramChangeView]:
    """6 admins change the program to 6 different documents."""
    mall.use(mall.opened(RivalStore, parties=RIVALS, forgets=forgets, pause=at_once))

    def change(number: int) -> ProgramChangeView:
        request = SetProgramRequest(pending_days=number + 1, version=version)
        return set_program.story(request, Identity(f"admin {number}"), mall.store)

    return rivals(RIVALS, change)


def _all_stand(mall: EmulatedMall, outcomes: Outcomes[ProgramChangeView]) -> None:
    assert not outcomes.refusals
    days = {view.version: view.pending_days for view in outcomes.answers}
    assert sorted(days) == [*range(1, RIVALS + 1)]
    current = mall.store.get("points", keys.PROGRAM) or {}
    assert (current["version"], current["last_version"]) == (RIVALS, RIVALS)
    assert f'"pending_days":{days[RIVALS]}' in current["settings"]


def should_make_a_version_of_every_change(mall: EmulatedMall) -> None:
    _all_stand(mall, _race(mall, None))


def should_be_seen_to_lose_changes_without_the_condition_on_the_version(
    mall: EmulatedMall,
) -> None:
    """Control."""
    outcomes = _race(mall, None, forgets=to("points"))
    with pytest.raises(AssertionError):
        _all_stand(mall, outcomes)


def should_let_one_replace_the_version_that_all_have_seen(mall: EmulatedMall) -> None:
    outcomes = _race(mall, 0)
    assert len(outcomes.answers) == 1
    assert outcomes.codes == ["version_changed"] * (RIVALS - 1)
    assert {refusal.facts["version"] for refusal in outcomes.refusals} == {1}


def should_be_seen_to_replace_it_often_without_the_condition_on_the_version(
    mall: EmulatedMall,
) -> None:
    """Control."""
    assert len(_race(mall, 0, forgets=to("points")).answers) > 1


# --- approving -----------------------------------------------------------------------------------


def _race_of_approvals(
    mall: EmulatedMall, forgets: Forgets = _nothing
) -> tuple[Outcomes[ProgramChangeView], int]:
    """6 admins approve one change of money terms at once; and how often it came into force."""
    asked = SetProgramRequest(discounts=Discounts(points=100, worth=100))
    set_program.story(asked, Identity("the author"), mall.store)
    store = mall.opened(RivalStore, parties=RIVALS, forgets=forgets, pause=at_once)
    version = ProgramVersionRequest(version=1)
    outcomes = rivals(
        RIVALS, lambda n: approve_program.story(version, Identity(f"admin {n}"), store)
    )
    return outcomes, sum(write.key == keys.PROGRAM for write in store.written)


def should_bring_a_change_into_force_once_however_many_approve(mall: EmulatedMall) -> None:
    outcomes, times = _race_of_approvals(mall)
    assert (outcomes.refusals, times) == ([], 1)
    assert {(view.version, view.status) for view in outcomes.answers} == {(1, "applied")}


def should_be_seen_to_come_into_force_often_without_the_conditions(mall: EmulatedMall) -> None:
    """Control."""
    assert _race_of_approvals(mall, forgets=to("points"))[1] > 1
