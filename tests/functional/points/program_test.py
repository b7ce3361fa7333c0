"""The program's settings: one document, kept by version, and two admins where it is about money."""

from collections.abc import Mapping
from typing import Any

import pytest
from mall import keys
from mall.clock import instant
from mall.points.program import ProgramSettings
from mall.store import open_store
from mall.store.program import open_programs
from mall.writes import update

from tests.events import Answer, Claims, member_claims
from tests.functional.acts import ADMIN, any_rule, call, everything, set_program
from tests.functional.times import HOUR, NOON, Time

APPROVER = member_claims("the-approver", "admin")
DISCOUNTS = {"points": 100, "worth": 100}
TIERS = [{"tier_id": "gold", "name": "Gold", "threshold": 1000, "multiplier": "1.50"}]


def _document(**changed: object) -> dict[str, Any]:
    """The default document, changed."""
    document: dict[str, Any] = ProgramSettings().model_dump(mode="json")
    return {**document, **changed}


def _get() -> dict[str, Any]:
    answer = call("get_program", ADMIN)
    assert answer.status == 200, answer.body
    document: dict[str, Any] = answer.body
    return document


def _put(**document: object) -> Answer:
    return call("set_program", ADMIN, body=document)


def _approve(version: int, claims: Claims = APPROVER) -> Answer:
    return call("approve_program", claims, body={"version": version})


def _reject(version: int, claims: Claims = APPROVER) -> Answer:
    return call("reject_program", claims, body={"version": version})


def _versions(**query: str) -> dict[str, Any]:
    answer = call("list_program_versions", ADMIN, query=query)
    assert answer.status == 200, answer.body
    page: dict[str, Any] = answer.body
    return page


def _changes() -> list[tuple[int, str]]:
    return [(each["version"], each["status"]) for each in _versions()["items"]]


def should_keep_attributes_that_an_active_rule_asks_for() -> None:
    visit = {"type": "visit", "attributes": [{"name": "stars", "kind": "integer"}]}
    set_program(event_types=[visit])
    asked = {"attributes": [{"name": "stars", "at_least": 3}]}
    rule = {"rule_id": "stars", "name": "Stars", "kind": "base", "gives": {"points": 10}}
    call("create_rule", ADMIN, body={**rule, "event_types": ["visit"], "conditions": asked})
    assert call("activate_rule", ADMIN, path={"rule_id": "stars"}).status == 200
    text = {"type": "visit", "attributes": [{"name": "stars", "kind": "text"}]}
    for types in ([text], [{"type": "visit"}]):
        answer = call("set_program", ADMIN, body={"event_types": types})
        assert (answer.status, answer.code, answer.body["names"]) == (409, "in_use", ["stars"])


def should_have_the_default_document_until_an_admin_sets_another() -> None:
    assert _get() == _document(version=0)
    assert _versions() == {"items": [], "next_cursor": None}


def should_put_a_change_in_force_and_tell_the_whole_document() -> None:
    answer = _put(zone="Europe/Berlin", tiers=TIERS)
    tiers = [{**TIERS[0], "multiplier": "1.50"}]
    changed = _document(zone="Europe/Berlin", tiers=tiers, version=1)
    assert (answer.status, answer.body) == (200, {**changed, "status": "applied"})
    assert _get() == changed


def should_give_fields_that_are_left_out_their_defaults() -> None:
    _put(zone="Asia/Tokyo", currency="JPY", pending_days=14)
    assert _put(pending_days=7).body == _document(pending_days=7, version=2, status="applied")


def should_be_what_every_function_decides_by_once_it_is_answered(time: Time) -> None:
    """Programs that were remembered are forgotten by the time of the answer."""
    assert open_programs().current().version == 0
    _put(pending_days=3)
    known = open_programs().current()
    assert (known.version, known.settings.pending_days) == (1, 3)
    _put(pending_days=3, discounts=DISCOUNTS)
    assert _approve(2).status == 200
    assert open_programs().current().version == 2


def should_make_no_version_of_what_is_in_force() -> None:
    _put(pending_days=3)
    before = everything()
    for body in ({"pending_days": 3}, {"pending_days": 3, "version": 0}, _document(pending_days=3)):
        answer = _put(**body)
        assert (answer.status, answer.body["version"]) == (200, 1)
        assert answer.body["status"] == "applied"
    assert everything() == before


def should_refuse_to_replace_another_version_than_the_one_named() -> None:
    assert _put(pending_days=1, version=0).status == 200
    before = everything()
    answer = _put(pending_days=2, version=0)
    assert (answer.status, answer.code, answer.body["version"]) == (409, "version_changed", 1)
    assert everything() == before
    assert _put(pending_days=2, version=1).body["version"] == 2


def should_leave_alone_what_the_rules_keep_beside_it() -> None:
    changed = update("points", keys.PROGRAM, "SET #rules_version = :seven", seven=7)
    open_store().transact([changed])
    _put(pending_days=1)
    assert open_programs().current().rules_version == 7


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone", "Mars/Olympus"),
        ("currency", "usd"),
        ("pending_days", 1.0),
        ("pending_days", -1),
        ("tiers.0.multiplier", [{**TIERS[0], "multiplier": 1.5}]),
        ("tiers", [{**TIERS[0], "tier_id": "base"}]),
        ("transfers.daily_limit", {"daily_limit": 0}),
        ("check_in.cycle", {"cycle": []}),
        ("unknown", 1),
        ("version", "1"),
    ],
)
def should_name_the_field_that_is_not_acceptable(field: str, value: object) -> None:
    before = everything()
    answer = _put(**{field.partition(".")[0]: value})
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", [field])
    assert everything() == before


def should_refuse_a_document_that_no_list_of_changes_could_show() -> None:
    long = [{"name": f"a{n}", "kind": "text", "one_of": ["x" * 120]} for n in range(20)]
    types = [{"type": f"type_{n}", "attributes": long} for n in range(10)]
    answer = _put(event_types=types)
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["event_types"])
    for half in (types[:4], types[4:8], types[:4]):
        assert _put(event_types=half).status == 200
    assert len(_versions()["items"]) == 3


# --- what rules speak of -------------------------------------------------------------------------

SURVEY = [{"type": "survey"}]


def _activate(**rule: object) -> str:
    rule_id = any_rule(**rule)
    assert call("activate_rule", ADMIN, path={"rule_id": rule_id}).status == 200
    return rule_id


def should_keep_the_tiers_and_types_of_events_that_active_rules_speak_of() -> None:
    _put(tiers=TIERS, event_types=SURVEY)
    gold = _activate(kind="base", gives={"points": 1}, conditions={"tiers": ["gold"]})
    survey = _activate(kind="base", gives={"points": 5}, event_types=["survey"])
    before = everything()
    for document, names, rules in (
        ({"event_types": SURVEY}, ["gold"], [gold]),
        ({"tiers": TIERS}, ["survey"], [survey]),
        ({"discounts": DISCOUNTS}, ["gold", "survey"], sorted([gold, survey])),
    ):
        answer = _put(**document)
        assert (answer.status, answer.code) == (409, "in_use")
        assert (answer.body["names"], answer.body["rules"]) == (names, rules)
    assert everything() == before
    assert _put(tiers=TIERS, event_types=SURVEY, pending_days=1).status == 200
    for rule_id in (gold, survey):
        assert call("retire_rule", ADMIN, path={"rule_id": rule_id}, body={}).status == 200
    assert _put().status == 200


def should_not_approve_the_loss_of_what_a_rule_has_come_to_speak_of() -> None:
    _put(tiers=TIERS)
    _put(discounts=DISCOUNTS)
    _activate(kind="base", gives={"points": 1}, conditions={"tiers": ["gold"]})
    before = everything()
    answer = _approve(2)
    assert (answer.status, answer.code) == (409, "in_use")
    assert everything() == before


# --- money terms ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "terms",
    [{"discounts": DISCOUNTS}, {"adjustment_approval_threshold": 10_001}],
    ids=["discounts", "threshold"],
)
def should_let_a_change_of_money_terms_wait_whole(terms: Mapping[str, object]) -> None:
    answer = _put(pending_days=9, **terms)
    waiting = {"status": "waiting_approval", "proposal_version": 1}
    assert (answer.status, answer.body) == (202, {**_document(version=0), **waiting})
    assert _get() == _document(version=0)
    approved = _approve(1)
    assert (approved.status, approved.body["status"]) == (200, "applied")
    assert (approved.body["version"], approved.body["pending_days"]) == (1, 9)
    assert _get()["adjustment_approval_threshold"] == terms.get(
        "adjustment_approval_threshold", 10_000
    )


def should_count_the_currency_among_the_money_terms_of_discounts_only() -> None:
    assert _put(currency="EUR").status == 200
    _put(currency="EUR", discounts=DISCOUNTS)
    _approve(2)
    assert _put(currency="USD", discounts=DISCOUNTS).status == 202


def should_refuse_approval_by_the_one_who_asked() -> None:
    _put(discounts=DISCOUNTS)
    before = everything()
    answer = _approve(1, ADMIN)
    assert (answer.status, answer.code) == (403, "forbidden")
    assert everything() == before


def should_approve_once() -> None:
    _put(discounts=DISCOUNTS)
    first = _approve(1)
    before = everything()
    assert (_approve(1).status, _approve(1).body) == (200, first.body)
    assert everything() == before


def should_not_find_a_version_that_was_never_asked_for() -> None:
    for answer in (_approve(1), _reject(1)):
        assert (answer.status, answer.code) == (404, "not_found")


def should_refuse_approval_once_the_document_has_moved_on() -> None:
    _put(discounts=DISCOUNTS)
    assert _put(pending_days=1).body["version"] == 2
    before = everything()
    answer = _approve(1)
    assert (answer.status, answer.code, answer.body["version"]) == (409, "version_changed", 2)
    assert everything() == before


def should_drop_what_is_rejected() -> None:
    _put(discounts=DISCOUNTS)
    answer = _reject(1)
    assert (answer.status, answer.body["status"]) == (200, "rejected")
    assert answer.body["rejected_by"] == APPROVER["sub"]
    before = everything()
    assert _reject(1).body == answer.body
    refused = _approve(1)
    assert (refused.status, refused.code) == (409, "already_decided")
    assert refused.body["decision"] == "rejected"
    assert everything() == before
    assert _get() == _document(version=0)


def should_not_reject_what_is_in_force() -> None:
    _put(pending_days=1)
    answer = _reject(1)
    assert (answer.status, answer.code) == (409, "already_decided")
    assert answer.body["decision"] == "applied"


def should_let_its_author_withdraw_what_waits() -> None:
    _put(discounts=DISCOUNTS)
    assert _reject(1, ADMIN).status == 200


def should_keep_one_proposal_of_a_request_that_comes_twice() -> None:
    first = _put(discounts=DISCOUNTS)
    before = everything()
    again = _put(discounts=DISCOUNTS)
    assert (again.status, again.body) == (202, first.body)
    assert everything() == before
    assert _put(discounts={**DISCOUNTS, "worth": 50}).body["proposal_version"] == 2


# --- the log -------------------------------------------------------------------------------------


def should_keep_every_change_with_its_authors_and_what_differs(time: Time) -> None:
    _put(pending_days=5)
    time.forward(HOUR)
    _put(pending_days=5, discounts=DISCOUNTS)
    time.forward(HOUR)
    _approve(2)
    newest, oldest = _versions()["items"]
    assert oldest == {
        "version": 1,
        "status": "applied",
        "changed_by": ADMIN["sub"],
        "changed_at": instant(NOON),
        "before": {"pending_days": 0},
        "after": {"pending_days": 5},
    }
    given = {"share_max": "1", "points_min": 1, "quote_minutes": 15}
    assert newest == {
        "version": 2,
        "status": "applied",
        "changed_by": ADMIN["sub"],
        "changed_at": instant(NOON + HOUR),
        "approved_by": APPROVER["sub"],
        "approved_at": instant(NOON + 2 * HOUR),
        "before": {"discounts": None},
        "after": {"discounts": {**DISCOUNTS, **given}},
    }


def should_list_changes_page_by_page_newest_first() -> None:
    for days in (1, 2, 3):
        _put(pending_days=days)
    _put(discounts=DISCOUNTS)
    first = _versions(limit="3")
    rest = _versions(limit="3", cursor=first["next_cursor"])
    assert [each["version"] for each in first["items"] + rest["items"]] == [4, 3, 2, 1]
    assert rest["next_cursor"] is None
    assert _changes()[0] == (4, "waiting_approval")


def should_refuse_a_cursor_of_another_admin() -> None:
    for days in (1, 2):
        _put(pending_days=days)
    cursor = _versions(limit="1")["next_cursor"]
    answer = call("list_program_versions", APPROVER, query={"cursor": cursor})
    assert (answer.status, answer.code) == (400, "bad_cursor")


def should_show_and_change_nothing_to_whoever_is_no_admin() -> None:
    before = everything()
    body = {"version": 1}
    for name, asked in (
        ("get_program", None),
        ("set_program", {}),
        ("approve_program", body),
        ("reject_program", body),
        ("list_program_versions", None),
    ):
        for claims in (member_claims("somebody"), member_claims("somebody", "operator")):
            answer = call(name, claims, body=asked)
            assert (answer.status, answer.code) == (403, "forbidden")
    assert everything() == before


@pytest.mark.parametrize("name", ["set_program", "approve_program", "reject_program"])
def should_refuse_what_is_no_document(name: str) -> None:
    assert call(name, ADMIN, body="{").code == "malformed"
    assert call(name, ADMIN, body={"version": -1}).code == "invalid"


def should_refuse_a_limit_beyond_a_page() -> None:
    assert call("list_program_versions", ADMIN, query={"limit": "101"}).code == "invalid"
