"""Earning rules as admins work with them: drafts, versions, windows, and what events earn then."""

from typing import Any

import pytest
from mall import keys
from mall.clock import Millis, instant
from mall.points.program import ProgramSettings
from mall.points.rules import rule as rules
from mall.store import open_store
from mall.store.rules import active_rules

from tests.builders import any_id
from tests.events import Answer, Claims, member_claims
from tests.functional.acts import (
    ADMIN,
    any_confirmed_member,
    any_purchase,
    call,
    everything,
    record,
    set_program,
)
from tests.functional.times import DAY, HOUR, NOON, Time

OTHER = member_claims("the-other-admin", "admin")
RATE = {"points": 1, "per_amount": 100, "currency": "USD"}


def _said(**changed: object) -> dict[str, Any]:
    return {"name": "Two a dollar", "kind": "base", "gives": {**RATE, "points": 2}} | changed


def _create(key: str = "", claims: Claims = ADMIN, **changed: Any) -> Answer:
    return call("create_rule", claims, body=_said(**changed), key=key or any_id())


def _put(rule: str, claims: Claims = ADMIN, **changed: Any) -> Answer:
    return call("change_rule", claims, path={"rule_id": rule}, body=_said(**changed))


def _activate(rule: str, claims: Claims = ADMIN) -> Answer:
    return call("activate_rule", claims, path={"rule_id": rule})


def _retire(rule: str, claims: Claims = ADMIN, **said: Any) -> Answer:
    return call("retire_rule", claims, path={"rule_id": rule}, body=said)


def _get(rule: str) -> Answer:
    return call("get_rule", ADMIN, path={"rule_id": rule})


def _list(**query: str) -> Answer:
    return call("list_rules", ADMIN, query=query)


def _active(rule: str = "rate", **changed: Any) -> str:
    """A rule whose first version is in force."""
    created = _create(rule_id=rule, **changed)
    assert created.status == 201, created.body
    answer = _activate(rule)
    assert answer.status == 200, answer.body
    return rule


def _statuses(rule: str) -> list[tuple[int, str]]:
    return [(one["version"], one["status"]) for one in _get(rule).body["versions"]]


def _earned(amount: int = 1_000, at: Millis = NOON, **changed: object) -> int:
    """What a purchase gives a new member who is told of now."""
    event = any_purchase(any_confirmed_member(), 1, occurred_at=instant(at), **changed)
    event["lines"] = [{"quantity": 1, "amount": amount}]
    answer = record(event)
    assert answer.status == 202, answer.body
    points: int = answer.body["points"]
    return points


def _versions_in_force() -> int:
    return len(active_rules(open_store()).rules)


# --- creating ------------------------------------------------------------------------------------


def should_create_a_draft_that_gives_nothing_yet() -> None:
    said = _said(
        rule_id="coffee",
        kind="campaign",
        gives={"multiplier": "1.5"},
        event_types=["purchase", "review"],
        starts_at="2026-11-23T00:00:00+01:00",
        ends_at="2026-12-01T00:00:00Z",
        scope={"categories": ["coffee"], "excluded_skus": ["gift-card"]},
        conditions={"weekdays": ["sat", "sun"], "tiers": ["base"], "first_purchase": True},
        priority=3,
        stacking="add",
        budget={"points": 5_000},
        caps=[{"per": "member", "period": "day", "points": 50}],
    )
    answer = call("create_rule", ADMIN, body=said, key="k")
    first = {
        **said,
        "version": 1,
        "status": "draft",
        "starts_at": "2026-11-22T23:00:00.000Z",
        "ends_at": "2026-12-01T00:00:00.000Z",
        "created_at": instant(NOON),
        "created_by": "the-admin",
        "activated_at": None,
        "activated_by": None,
        "retired_at": None,
        "retired_by": None,
    }
    assert (answer.status, answer.body) == (201, {**first, "versions": [first]})
    assert _get("coffee").body == answer.body
    assert _earned() == 10


def should_make_up_an_id_and_leave_open_what_was_not_said() -> None:
    shown = _create().body
    assert len(shown["rule_id"]) == 26
    assert (shown["starts_at"], shown["ends_at"], shown["budget"]) == (None, None, None)
    assert (shown["event_types"], shown["caps"], shown["scope"]) == (["purchase"], [], {})
    assert (shown["priority"], shown["stacking"], shown["conditions"]) == (0, "best", {})
    assert _get(shown["rule_id"]).body == shown


def should_answer_a_repeated_creation_as_before() -> None:
    """Cases 36 and 37: though the rule has changed by then."""
    first = _create("k", rule_id="rate")
    _activate("rate")
    before = everything()
    again = _create("k", rule_id="rate")
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    other = _create("k", rule_id="rate", priority=1)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert everything() == before
    assert _create("k", OTHER, rule_id="theirs").status == 201  # case 41


def should_count_the_versions_of_the_rule_base_after_the_built_in_one() -> None:
    """So `base:1` in a ledger entry is the built-in rule for ever."""
    assert _create(rule_id="base").body["version"] == 2
    assert [one["version"] for one in _put("base", priority=1).body["versions"]] == [3, 2]


def should_refuse_a_rule_id_that_is_taken() -> None:
    _create(rule_id="rate")
    before = everything()
    answer = _create(rule_id="rate", priority=1)
    assert (answer.status, answer.code) == (409, "rule_exists")
    assert everything() == before


# --- changing ------------------------------------------------------------------------------------


def should_supersede_a_draft_that_was_not_activated() -> None:
    rule = _create(rule_id="rate").body["rule_id"]
    answer = _put(rule, OTHER, gives=RATE)
    assert (answer.status, answer.body["version"], answer.body["status"]) == (200, 2, "draft")
    assert (answer.body["created_by"], answer.body["gives"]) == ("the-other-admin", RATE)
    assert _statuses(rule) == [(2, "draft"), (1, "superseded")]


def should_save_the_same_draft_once() -> None:
    rule = _create(rule_id="rate").body["rule_id"]
    before = everything()
    assert _put(rule).body["version"] == 1
    assert everything() == before


def should_not_save_a_window_in_which_a_version_is_active() -> None:
    rule = _active(starts_at=instant(NOON), ends_at=instant(NOON + DAY))
    before = everything()
    for starts_at, ends_at in (
        (None, None),
        (NOON + DAY - 1, None),
        (None, NOON + 1),
        (NOON - DAY, NOON + 2 * DAY),
        (NOON + HOUR, NOON + 2 * HOUR),
    ):
        window: dict[str, Any] = {
            "starts_at": instant(starts_at) if starts_at else None,
            "ends_at": instant(ends_at) if ends_at else None,
        }
        answer = _put(rule, gives=RATE, **window)
        assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["starts_at"])
        assert "version 1" in answer.body["errors"][0]["message"]
    assert everything() == before
    assert _put(rule, gives=RATE, starts_at=instant(NOON + DAY)).status == 200
    assert _put(rule, gives=RATE, ends_at=instant(NOON)).status == 200


# --- activating ----------------------------------------------------------------------------------


def should_earn_by_the_draft_once_it_is_activated() -> None:
    assert _earned() == 10  # by the built-in rule
    _create(rule_id="rate")
    answer = _activate("rate", OTHER)
    shown = answer.body
    assert (answer.status, shown["status"]) == (200, "active")
    assert (shown["activated_at"], shown["activated_by"]) == (instant(NOON), "the-other-admin")
    assert _earned() == 20
    event = any_purchase(any_confirmed_member(), 3)
    assert record(event).body["explain"][0] | {"capped": 0} == {
        "rule_id": "rate",
        "version": 1,
        "points": 6,
        "capped": 0,
        "code": "granted",
        "reason": "2 for every whole 100 of 300 minor units",
    }


def should_change_nothing_when_activated_twice() -> None:
    rule = _active()
    before = everything()
    assert _activate(rule, OTHER).body == _get(rule).body
    assert everything() == before


def should_wait_until_no_function_decides_by_older_rules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also when it is repeated: the first call may have died before it could wait."""
    _create(rule_id="rate")
    waited: list[float] = []
    monkeypatch.setattr(open_store(), "_pause", waited.append)
    for act in (_activate, _activate, _retire, _retire):
        waited.clear()
        assert act("rate").status == 200
        assert sum(waited) >= 2.0


def should_move_the_programs_rules_version_with_every_change_of_what_is_active() -> None:
    def moved() -> tuple[int, int]:
        item = open_store().get("points", keys.PROGRAM) or {}
        return item.get("rules_version", 0), item.get("rules_active", 0)

    rule = _create(rule_id="rate", ends_at=instant(NOON + DAY)).body["rule_id"]
    assert moved() == (0, 0)
    _activate(rule)
    _activate(rule)
    assert moved() == (1, 1)
    _put(rule, starts_at=instant(NOON + DAY))
    assert moved() == (1, 1)
    _activate(rule)
    assert moved() == (2, 2)
    _retire(rule, at=instant(NOON + HOUR))
    assert moved() == (3, 1)  # version 2 would begin later: it is gone


def should_keep_several_versions_active_whose_windows_do_not_meet() -> None:
    rule = _active(ends_at=instant(NOON - HOUR))
    _put(rule, gives={**RATE, "points": 3}, starts_at=instant(NOON - HOUR))
    _activate(rule)
    assert _statuses(rule) == [(2, "active"), (1, "active")]
    assert (_earned(at=NOON - HOUR - 1), _earned(at=NOON - HOUR)) == (20, 30)


def should_refuse_to_activate_a_draft_whose_tier_is_gone() -> None:
    set_program(tiers=[{"tier_id": "gold", "name": "Gold", "threshold": 10}])
    _create(rule_id="gold", kind="campaign", gives={"bonus": 5}, conditions={"tiers": ["gold"]})
    set_program()
    answer = _activate("gold")
    assert (answer.status, answer.fields) == (422, ["conditions.tiers.0"])


def should_refuse_to_activate_without_a_draft() -> None:
    rule = _active()
    _retire(rule)
    answer = _activate(rule)
    assert (answer.status, answer.code) == (409, "no_draft")
    _put(rule, starts_at=instant(NOON))
    assert _activate(rule).status == 200


def should_refuse_to_activate_a_draft_whose_window_was_taken_meanwhile() -> None:
    """A draft saved while another admin's was not active yet."""
    _active("rate", ends_at=instant(NOON))
    _put("rate", starts_at=instant(NOON), ends_at=instant(NOON + DAY))
    _activate("rate")
    _put("rate", starts_at=instant(NOON + DAY))
    assert _activate("rate").status == 200
    assert _statuses("rate") == [(3, "active"), (2, "active"), (1, "active")]


def should_hold_the_program_to_a_number_of_active_versions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mall.points.rules.items.ACTIVE_RULES_MAX", 2)
    _active("a")
    _active("b")
    _create(rule_id="c")
    before = everything()
    answer = _activate("c")
    assert (answer.status, answer.code) == (409, "too_many_rules")
    assert everything() == before
    _retire("a", at="2020-01-01T00:00:00Z")
    assert _activate("c").status == 200
    assert _versions_in_force() == 2


def should_hold_a_rule_to_a_number_of_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "VERSIONS_MAX", 2)
    _create(rule_id="rate")
    _put("rate", priority=1)
    answer = _put("rate", priority=2)
    assert (answer.status, answer.code) == (409, "too_many_rules")


def should_hold_a_rule_to_a_number_of_active_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "ACTIVE_VERSIONS_MAX", 1)
    _active("rate", ends_at=instant(NOON))
    _put("rate", starts_at=instant(NOON))
    answer = _activate("rate")
    assert (answer.status, answer.code) == (409, "too_many_rules")


# --- retiring ------------------------------------------------------------------------------------


def should_still_earn_by_a_retired_rule_on_what_happened_before(time: Time) -> None:
    rule = _active()
    answer = _retire(rule, OTHER)
    shown = answer.body
    assert (answer.status, shown["status"], shown["ends_at"]) == (200, "retired", instant(NOON))
    assert (shown["retired_at"], shown["retired_by"]) == (instant(NOON), "the-other-admin")
    time.forward(HOUR)
    assert (_earned(at=NOON - 1), _earned(at=NOON)) == (20, 0)
    before = everything()
    assert _retire(rule).body["ends_at"] == instant(NOON)
    assert everything() == before


def should_retire_at_an_instant_to_come_and_be_active_until_then(time: Time) -> None:
    rule = _active()
    assert _retire(rule, at=instant(NOON + HOUR)).body["status"] == "active"
    time.forward(HOUR)
    assert _get(rule).body["status"] == "retired"
    assert _list().body["items"][0]["status"] == "retired"
    assert (_earned(at=NOON + HOUR - 1), _earned(at=NOON + HOUR)) == (20, 0)


def should_retire_one_version_and_leave_the_others() -> None:
    rule = _active(ends_at=instant(NOON + HOUR))
    _put(rule, starts_at=instant(NOON + HOUR))
    _activate(rule)
    answer = _retire(rule, version=2)
    assert [one["status"] for one in answer.body["versions"]] == ["retired", "active"]
    assert answer.body["versions"][1]["retired_at"] is None
    assert _versions_in_force() == 1
    assert _retire(rule, version=2).status == 200


def should_take_what_no_event_can_fall_into_out_of_the_active_rules(time: Time) -> None:
    """A campaign that ended leaves when it is retired once events of then are refused."""
    _active("over", ends_at=instant(NOON + HOUR))
    days = ProgramSettings().event_age_days_max
    time.forward(HOUR + days * DAY - 1)
    _retire("over")
    assert _versions_in_force() == 1
    time.forward(1)
    _retire("over")
    assert _versions_in_force() == 0
    assert _statuses("over") == [(1, "retired")]


def should_not_lengthen_a_window_by_retiring_it() -> None:
    rule = _active(ends_at=instant(NOON))
    assert _retire(rule, at=instant(NOON + DAY)).body["ends_at"] == instant(NOON)
    assert _retire(rule, at=instant(NOON - DAY)).body["ends_at"] == instant(NOON - DAY)
    assert _retire(rule, at=instant(NOON)).body["ends_at"] == instant(NOON - DAY)


def should_not_return_to_the_built_in_rule_when_all_are_retired() -> None:
    _retire(_active(), at="2020-01-01T00:00:00Z")
    assert _versions_in_force() == 0
    answer = record(any_purchase(any_confirmed_member(), 3))
    assert (answer.status, answer.body["status"], answer.body["points"]) == (202, "no_rule", 0)


def should_keep_the_built_in_rate_beside_campaigns_until_a_rate_is_activated() -> None:
    _active("bonus", kind="campaign", gives={"bonus": 7})
    assert _earned() == 17
    _active("rate")
    assert _earned() == 27


@pytest.mark.parametrize("version", [2, 3])
def should_refuse_to_retire_a_version_that_never_was_active(version: int) -> None:
    _active(ends_at=instant(NOON))
    _put("rate", starts_at=instant(NOON))
    answer = _retire("rate", version=version)
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["version"])


@pytest.mark.parametrize(
    ("field", "value"),
    [("at", "now"), ("at", 5), ("version", 0), ("version", "1"), ("version", 1.0), ("force", True)],
)
def should_refuse_what_retiring_does_not_take(field: str, value: Any) -> None:
    assert _retire(_active(), **{field: value}).fields == [field]


# --- reading -------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def should_list_every_rule_by_its_newest_version(limit: int) -> None:
    for name in ("c", "a", "b"):
        _create(rule_id=name)
    _put("b", priority=7)
    listed: list[dict[str, Any]] = []
    query = {"limit": str(limit)}
    while True:
        page = _list(**query).body
        listed += page["items"]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert [(one["rule_id"], one["version"], one["versions"]) for one in listed] == [
        ("a", 1, 1),
        ("b", 2, 2),
        ("c", 1, 1),
    ]
    assert listed[1] == {**_get("b").body, "versions": 2}


def should_list_nothing_where_there_are_no_rules() -> None:
    assert _list().body == {"items": [], "next_cursor": None}


def should_refuse_a_cursor_of_another_admin_or_another_list() -> None:
    for name in ("a", "b"):
        _create(rule_id=name)
    cursor = _list(limit="1").body["next_cursor"]
    for answer in (
        call("list_rules", OTHER, query={"cursor": cursor}),
        _list(cursor=cursor[:-1]),
        call("list_entries", ADMIN, query={"cursor": cursor}),
    ):
        assert (answer.status, answer.code) == (400, "bad_cursor")


# --- refusals ------------------------------------------------------------------------------------


def should_name_the_fields_of_a_rule_that_cannot_be() -> None:
    before = everything()
    for answer in (
        _create(kind="campaign", gives={"multiplier": 1.5}),
        call("change_rule", ADMIN, path={"rule_id": "x"}, body=_said(gives={"multiplier": "1.5"})),
    ):
        assert (answer.status, answer.code, answer.fields) == (
            422,
            "invalid",
            ["gives.multiplier"],
        )
    asking = {"attributes": [{"name": "channel", "equals": "app"}]}
    assert _create(conditions=asking).fields == ["conditions.attributes.0.name"]
    assert everything() == before


def should_check_a_rule_against_the_programs_settings() -> None:
    asking = {"attributes": [{"name": "steps", "at_least": 5}]}
    said: dict[str, Any] = {
        "gives": {"points": 5},
        "event_types": ["walk"],
        "conditions": asking,
    }
    assert _create(**said).fields == ["event_types.0", "conditions.attributes.0.name"]
    walk = {"type": "walk", "attributes": [{"name": "steps", "kind": "integer"}]}
    assert call("set_program", ADMIN, body={"event_types": [walk]}).status == 200
    assert _create(**said).status == 201


def should_refuse_a_body_of_another_rule() -> None:
    _create(rule_id="a")
    answer = _put("a", rule_id="b")
    assert (answer.status, answer.fields) == (422, ["rule_id"])
    assert _put("a", rule_id="a").status == 200


@pytest.mark.parametrize("name", ["get_rule", "change_rule", "activate_rule", "retire_rule"])
def should_know_no_other_rules(name: str) -> None:
    body = {"change_rule": _said(), "retire_rule": {}}.get(name)
    answer = call(name, ADMIN, path={"rule_id": "nobody"}, body=body)
    assert (answer.status, answer.code) == (404, "not_found")
    bad = call(name, ADMIN, path={"rule_id": "no#body"}, body=body)
    assert (bad.status, bad.fields) == (422, ["rule_id"])


@pytest.mark.parametrize("name", ["create_rule", "change_rule", "retire_rule"])
def should_refuse_a_body_that_cannot_be_read(name: str) -> None:
    answer = call(name, ADMIN, path={"rule_id": "rate"}, body="{", key="k")
    assert (answer.status, answer.code) == (400, "malformed")


@pytest.mark.parametrize(
    "name",
    ["list_rules", "create_rule", "get_rule", "change_rule", "activate_rule", "retire_rule"],
)
@pytest.mark.parametrize("role", ["", "operator"])
def should_be_for_admins_only(name: str, role: str) -> None:
    claims = member_claims("m", *([role] if role else []))
    body = None if name in ("list_rules", "get_rule", "activate_rule") else _said()
    answer = call(name, claims, path={"rule_id": "rate"}, body=body, key="k")
    assert (answer.status, answer.code) == (403, "forbidden")


def should_create_without_a_key_and_refuse_one_that_cannot_be() -> None:
    assert call("create_rule", ADMIN, body=_said()).status == 201
    answer = call("create_rule", ADMIN, body=_said(), key="")
    assert (answer.status, answer.code) == (400, "idempotency_key_required")


def should_refuse_a_page_of_no_size() -> None:
    assert _list(limit="0").fields == ["limit"]
