"""Caps and budgets under a crowd: filled to the last point, and never beyond.

The controls take the counters' conditions away, and too much is seen to be given.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

import pytest
from mall import keys
from mall.clock import instant
from mall.points.earning.counters import SHARDS
from mall.points.earning.events import EventRequest, EventView
from mall.points.program import PROGRAM, Program
from mall.points.rules.active import ActiveRule, Cap, Per, Period, Rate
from mall.points.rules.rule_set import RuleSet
from mall.store.earning import Told, record
from mall.store.program import Programs
from mall.writes import Write

from tests.builders import any_id
from tests.emulated import EmulatedMall
from tests.race.rivals import Outcomes, RivalStore, rivals

RIVALS = 12
EACH = 10
LIMIT = 75  # seven whole grants and a half
Forgets = Callable[[Write], bool]


class _Capped(Programs):
    """A program with one rule: ten points a purchase, so many in all."""

    def __init__(self, store: RivalStore, per: Per, period: Period) -> None:
        super().__init__(store)
        rate = Rate(Fraction(1), 100, "USD")
        rule = ActiveRule("base", 1, "base", rate, caps=(Cap(per, period, LIMIT),))
        self._set = RuleSet.of([rule])

    def current(self) -> Program:
        """The program, which nobody changes here."""
        return PROGRAM

    def rules(self) -> RuleSet:
        """The one rule."""
        return self._set


def _nothing(_: Write) -> bool:
    return False


def _counters(write: Write) -> bool:
    return write.key["sk"].startswith("CAP") and bool(write.condition)


def _counters_and_revisions(write: Write) -> bool:
    return _counters(write) or write.key["sk"].startswith(("STANDING", keys.ENTRY_PREFIX))


def _race(
    mall: EmulatedMall, members: Sequence[str], per: Per, period: Period,
    forgets: Forgets = _nothing,
) -> tuple[RivalStore, Outcomes[EventView]]:  # fmt: skip
    store = mall.opened(RivalStore, parties=RIVALS, forgets=forgets)
    programs = _Capped(store, per, period)
    now = instant(store.now())

    def tell(number: int) -> EventView:
        member = members[number % len(members)]
        event = {
            "event_id": any_id(),
            "type": "purchase",
            "member": {"user_id": member},
            "occurred_at": now,
            "currency": "USD",
            "lines": [{"quantity": 1, "amount": EACH * 100}],
        }
        return record(store, programs, Told("shop", member, EventRequest.model_validate(event)))

    return store, rivals(RIVALS, tell)


def _given(outcomes: Outcomes[EventView]) -> int:
    return sum(view.points for view in outcomes.answers)


@pytest.mark.parametrize("period", ["day", "ever"])
def should_fill_a_budget_that_a_crowd_earns_by_and_never_exceed_it(
    mall: EmulatedMall, period: Period
) -> None:
    """12 members at once want 120 points of 75; who was refused nothing was given nothing."""
    members = mall.members([0] * RIVALS)
    store, outcomes = _race(mall, members, "program", period)
    assert set(outcomes.codes) <= {"busy"}
    given = _given(outcomes)
    assert given == min(LIMIT, EACH * len(outcomes.answers))
    assert sum(mall.available(member) for member in members) == given
    period_key = "ever" if period == "ever" else PROGRAM.calendar.day(store.now())
    shards = [
        mall.store.get("points", keys.program_cap("base", period, period_key, shard))
        for shard in range(SHARDS)
    ]
    assert sum(shard["used"] for shard in shards if shard) == given
    mall.audit()


def should_be_seen_to_exceed_a_budget_without_the_conditions(mall: EmulatedMall) -> None:
    """Control: all decide on the same reading, and nothing holds them to it."""
    members = mall.members([0] * RIVALS)
    _, outcomes = _race(mall, members, "program", "ever", forgets=_counters)
    assert _given(outcomes) > LIMIT


def should_hold_a_member_to_a_cap_whatever_arrives_at_once(mall: EmulatedMall) -> None:
    member = mall.member()
    _, outcomes = _race(mall, [member], "member", "day")
    assert set(outcomes.codes) <= {"busy"}
    given = _given(outcomes)
    assert given == min(LIMIT, EACH * len(outcomes.answers))
    assert mall.available(member) == given
    mall.audit()


def should_be_seen_to_exceed_a_cap_without_the_conditions(mall: EmulatedMall) -> None:
    """Control: neither the counter nor what else stands in one member's way."""
    member = mall.member()
    _, outcomes = _race(mall, [member], "member", "day", forgets=_counters_and_revisions)
    assert _given(outcomes) > LIMIT
