"""Caps and budgets: partial grants, the counters that are asked for, and their periods."""

import random
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from mall.clock import millis
from mall.points.calendar import Calendar
from mall.points.rules import CapKey, Line, capped, counted, explain

from tests.unit.points.rules.builders import cap_keys, earned, facts, given, room, rule


def _cap(per: str = "member", period: str = "day", points: int = 10) -> dict[str, Any]:
    return {"per": per, "period": period, "points": points}


DAILY = CapKey("bonus", "member", "day", "20261122")


def should_grant_what_is_left_and_record_the_rest() -> None:
    """Case 10."""
    bonus = rule("bonus", gives={"bonus": 100}, caps=[_cap(points=60)])
    before = earned(facts(Line(300)), rule(), bonus)
    after = capped(before, room(before, {DAILY: 20}))
    assert given(after) == {"base": 3, "bonus": 40}
    assert (after.points, after.capped, after.lines) == (43, 60, (43,))
    (told,) = [one for one in explain(after) if one.rule_id == "bonus"]
    assert (told.points, told.capped, told.code) == (40, 60, "capped")
    assert told.reason == "bonus of 100; 60 more are over a cap"
    assert counted(after) == {DAILY: 40}


@pytest.mark.parametrize(("used", "points"), [(0, 10), (9, 1), (10, 0), (11, 0)])
def should_never_pass_a_cap(used: int, points: int) -> None:
    before = earned(facts(Line(1)), rule("bonus", gives={"bonus": 12}, caps=[_cap()]))
    after = capped(before, room(before, {DAILY: used}))
    assert (after.points, after.capped) == (points, 12 - points)
    overdrawn = capped(before, {DAILY: 10 - used})
    assert (overdrawn.points, overdrawn.capped) == (points, 12 - points)


def should_hold_a_component_to_the_tightest_of_its_caps() -> None:
    caps = [_cap("member", "day", 9), _cap("member", "ever", 8), _cap("program", "week", 7)]
    bonus = rule("bonus", gives={"bonus": 12}, caps=caps, budget={"points": 6})
    before = earned(facts(Line(1)), bonus)
    assert capped(before, room(before, {})).points == 6
    used = {CapKey("bonus", "program", "week", "2026W47"): 5}
    assert capped(before, room(before, used)).points == 2


def should_leave_other_rules_alone() -> None:
    full = rule("a", gives={"bonus": 5}, stacking="add", caps=[_cap(points=1)])
    free = rule("b", gives={"bonus": 5}, stacking="add")
    before = earned(facts(Line(1)), full, free)
    assert given(capped(before, room(before, {}))) == {"a": 1, "b": 5}


def should_spread_only_what_is_left_over_the_lines() -> None:
    """A line whose bonus was capped away keeps its base points and no more."""
    bonus = rule("bonus", gives={"bonus": 50}, scope={"skus": ["s"]}, caps=[_cap()])
    before = earned(facts(Line(100, "s"), Line(300)), rule(), bonus)
    assert before.lines == (51, 3)
    assert capped(before, room(before, {DAILY: 10})).lines == (1, 3)


def should_ask_for_the_counters_of_rules_that_give_and_no_others() -> None:
    caps = [_cap("member", "month"), _cap("program", "ever")]
    rules = [
        rule("gives", gives={"bonus": 5}, caps=caps, stacking="add"),
        rule("sleeps", gives={"bonus": 5}, caps=caps, conditions={"tiers": ["gold"]}),
        rule("best", gives={"bonus": 9}, caps=caps),
        rule("worse", gives={"bonus": 8}, caps=caps),
        rule("base", caps=caps),  # 1 point per dollar of a cent
    ]
    keys = cap_keys(earned(facts(Line(1)), *rules))
    assert keys == [
        key
        for name in ("best", "gives")
        for key in (
            CapKey(name, "member", "month", "202611"),
            CapKey(name, "program", "ever", "ever"),
        )
    ]


@pytest.mark.parametrize(
    ("local", "zone", "week", "month", "day"),
    [
        ("2026-01-31T23:59:59.999", "Europe/Berlin", "2026W05", "202601", "20260131"),
        ("2026-02-01T00:00:00", "Europe/Berlin", "2026W05", "202602", "20260201"),
        ("2026-02-02T00:00:00", "Europe/Berlin", "2026W06", "202602", "20260202"),
        ("2027-01-01T12:00:00", "Pacific/Auckland", "2026W53", "202701", "20270101"),
        ("2024-12-30T00:00:00", "America/Havana", "2025W01", "202412", "20241230"),
    ],
)
def should_count_in_the_programs_days_weeks_and_months(
    local: str, zone: str, week: str, month: str, day: str
) -> None:

    at = millis(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)))
    caps = [_cap("member", period) for period in ("day", "week", "month", "ever")]
    event = facts(Line(1), occurred_at=at, calendar=Calendar(zone))
    keys = cap_keys(earned(event, rule("r", gives={"bonus": 1}, caps=caps)))
    assert {key.period: key.period_key for key in keys} == {
        "day": day,
        "week": week,
        "month": month,
        "ever": "ever",
    }


def should_share_counters_over_the_versions_of_a_rule() -> None:
    """And each version says how much there is room for."""
    used: dict[CapKey, int] = {}
    for version, limit, points in ((1, 10, 7), (2, 10, 3), (3, 5, 0), (4, 12, 2)):
        giving = rule("bonus", version, gives={"bonus": 7}, caps=[_cap(points=limit)])
        before = earned(facts(Line(1)), giving)
        after = capped(before, room(before, used))
        assert after.points == points
        for key, more in counted(after).items():
            used[key] = used.get(key, 0) + more
    assert used == {DAILY: 12}


def should_never_pass_a_cap_over_many_events() -> None:
    """In whatever order they come, a cap's total is the same."""
    rules = [
        rule("bonus", gives={"bonus": 7}, caps=[_cap(points=50)]),
        rule("twice", gives={"multiplier": 2}, stacking="add", budget={"points": 333}),
    ]
    events = [facts(Line(random.randint(1, 5_000))) for _ in range(40)]
    for _ in range(3):
        random.shuffle(events)
        used: dict[CapKey, int] = {}
        for event in events:
            before = earned(event, rule(), *rules)
            after = capped(before, room(before, used))
            for key, more in counted(after).items():
                used[key] = used.get(key, 0) + more
        assert used == {DAILY: 50, CapKey("twice", "program", "ever", "ever"): 333}
