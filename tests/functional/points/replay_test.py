"""Replaying draft rules: what they would cost by day and rule, with nothing written."""

from typing import Any

import pytest
from mall.clock import instant

from tests.functional.acts import (
    ADMIN,
    PARTNER,
    any_confirmed_member,
    any_purchase,
    call,
    deliver,
    everything,
    purchase,
    record,
    set_program,
    waiting_messages,
)
from tests.functional.times import DAY, NOON, Time

pytestmark = pytest.mark.usefixtures("stage")

DOUBLE = {
    "rule_id": "double",
    "name": "Two points per dollar",
    "kind": "base",
    "gives": {"points": 2, "per_amount": 100, "currency": "USD"},
}
BONUS = {
    "name": "Ten on weekends, fifteen a member at most",
    "kind": "campaign",
    "gives": {"bonus": 10},
    "conditions": {"weekdays": ["sat", "sun"]},
    "caps": [{"per": "member", "period": "ever", "points": 15}],
}
PERIOD = {"first_day": "2026-11-20", "last_day": "2026-11-22"}


def _replay(*rules: object, **said: object) -> dict[str, Any]:
    """A replay that was asked for and has run to its end."""
    answer = call("replay_rules", ADMIN, body={"rules": list(rules), **PERIOD, **said})
    assert (answer.status, answer.body["status"]) == (202, "running")
    while messages := waiting_messages("replays"):
        assert deliver("run_replay", *messages) == []
    shown = call("get_replay", ADMIN, path={"replay_id": answer.body["replay_id"]})
    assert (shown.status, shown.body["status"]) == (200, "ready")
    assert shown.body["days_done"] == shown.body["days"]
    found: dict[str, Any] = shown.body
    return found


def should_tell_the_cost_by_day_and_rule_and_write_nothing() -> None:
    member, other = any_confirmed_member(), any_confirmed_member()
    for days, who in ((5, member), (2, member), (1, member), (0, member), (0, other)):
        purchase(who, 100, occurred_at=instant(NOON - days * DAY))
    before = everything()
    found = _replay(DOUBLE, BONUS)
    assert everything() == before
    assert (found["events"], found["points"], found["actual_points"]) == (4, 825, 400)
    assert [(r["rule_id"], r["points"], r["capped"]) for r in found["by_rule"]] == [
        ("double", 800, 0),
        ("draft-2", 25, 5),
    ]
    assert [(day["date"], day["events"], day["points"]) for day in found["by_day"]] == [
        ("2026-11-20", 1, 200),
        ("2026-11-21", 1, 210),
        ("2026-11-22", 2, 415),
    ]


def should_try_drafts_beside_the_active_rules_they_do_not_stand_for() -> None:
    call("create_rule", ADMIN, body=DOUBLE, key="k")
    call("activate_rule", ADMIN, path={"rule_id": "double"})
    member = any_confirmed_member()
    assert record(any_purchase(member, 100)).body["points"] == 200
    assert _replay(BONUS)["points"] == 10
    assert _replay(BONUS, with_active=True)["points"] == 210
    triple = DOUBLE | {"gives": {"points": 3, "per_amount": 100, "currency": "USD"}}
    assert _replay(triple, with_active=True)["points"] == 300


def should_try_campaigns_beside_the_rate_that_is_built_in() -> None:
    purchase(any_confirmed_member(), 100)
    found = _replay(BONUS, with_active=True)
    costs = {cost["rule_id"]: cost["points"] for cost in found["by_rule"]}
    assert costs == {"base": 100, "draft-1": 10}
    assert _replay(DOUBLE, with_active=True)["points"] == 200


def should_evaluate_events_as_they_were_at_arrival() -> None:
    silver = {"tier_id": "silver", "name": "Silver", "threshold": 100, "multiplier": 2}
    set_program(tiers=[silver])
    member = any_confirmed_member()
    first, then = any_purchase(member, 100), any_purchase(member, 100)
    assert [record(event).body["points"] for event in (first, then)] == [100, 200]
    welcome = {**BONUS, "conditions": {"first_purchase": True}}
    found = _replay(DOUBLE, welcome)
    assert [(r["rule_id"], r["points"], r["events"]) for r in found["by_rule"]] == [
        ("double", 400, 2),
        ("draft-2", 10, 1),
        ("tier:silver", 200, 1),
    ]


def should_count_days_in_the_programs_zone() -> None:
    set_program(zone="Pacific/Auckland")
    member = any_confirmed_member()
    for hours in (14, 1):  # 20:00 and, half a day later, 07:00 there
        at = instant(NOON - hours * 3_600_000)
        assert record(any_purchase(member, 100, occurred_at=at)).status == 202
    found = _replay(DOUBLE, first_day="2026-11-22", last_day="2026-11-22")
    assert (found["events"], found["by_day"][0]["date"]) == (1, "2026-11-22")


def should_go_on_where_a_run_died(monkeypatch: pytest.MonkeyPatch, time: Time) -> None:
    member = any_confirmed_member()
    for days in range(3):
        purchase(member, 100, occurred_at=instant(NOON - days * DAY))
    answer = call("replay_rules", ADMIN, body={"rules": [DOUBLE], **PERIOD})
    [message] = waiting_messages("replays")
    monkeypatch.setattr("functions.points.run_replay._RUN_S", 0)
    for done in (1, 2, 3):
        assert deliver("run_replay", message) == []
        shown = call("get_replay", ADMIN, path={"replay_id": answer.body["replay_id"]}).body
        assert (shown["days_done"], shown["points"]) == (done, done * 200)
    assert len(waiting_messages("replays")) == 2
    assert deliver("run_replay", message, message) == []
    shown = call("get_replay", ADMIN, path={"replay_id": answer.body["replay_id"]}).body
    assert (shown["status"], shown["points"]) == ("ready", 600)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"rules": []}, "rules"),
        ({"rules": [{**DOUBLE, "gives": {"multiplier": 2}}]}, "rules.0.gives.multiplier"),
        ({"rules": [DOUBLE, {**BONUS, "gives": {"bonus": -1}}]}, "rules.1.gives.bonus"),
        ({"rules": [{**BONUS, "conditions": {"tiers": ["x"]}}]}, "rules.0.conditions.tiers.0"),
        ({"rules": [DOUBLE, DOUBLE]}, "rules.1.starts_at"),
        ({"first_day": "2026-11-23"}, "body"),
        ({"last_day": "2027-11-21"}, "body"),
        ({"first_day": "yesterday"}, "first_day"),
        ({"with_active": "yes"}, "with_active"),
    ],
)
def should_refuse_what_cannot_be_evaluated(said: dict[str, object], field: str) -> None:
    answer = call("replay_rules", ADMIN, body={"rules": [DOUBLE], **PERIOD, **said})
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", [field])
    assert waiting_messages("replays") == []


def should_know_no_replay_that_nobody_asked_for() -> None:
    answer = call("get_replay", ADMIN, path={"replay_id": "nothing"})
    assert (answer.status, answer.code) == (404, "not_found")
    assert deliver("run_replay", '{"replay_id": "nothing"}') == []


def should_refuse_an_id_that_can_be_no_replay() -> None:
    answer = call("get_replay", ADMIN, path={"replay_id": "x/y"})
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["replay_id"])


@pytest.mark.parametrize("name", ["replay_rules", "get_replay"])
def should_be_for_admins_only(name: str) -> None:
    body = {"rules": [DOUBLE], **PERIOD} if name == "replay_rules" else None
    path = None if body else {"replay_id": "r"}
    answer = call(name, PARTNER, path=path, body=body)
    assert (answer.status, answer.code) == (403, "forbidden")
