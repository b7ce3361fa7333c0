"""GET /v1/me and PATCH /v1/me."""

import pytest
from botocore.exceptions import ReadTimeoutError
from mall import keys
from mall.clock import instant
from mall.store import Store, open_store

from functions.users.get_me import get_me
from functions.users.update_me import update_me
from tests.events import Answer, ask, http_event
from tests.functional.users.people import any_member, by_member

EVERYTHING = {
    "name": "Grace Hopper",
    "birthday": "1906-12-09",
    "phone": "+12025550123",
    "locale": "en-US",
}
_NOON = 1_795_348_800_000  # 2026-11-22T12:00:00Z


def _get(member: str, *roles: str) -> Answer:
    return by_member(get_me, "GET /v1/me", member, *roles)


def _patch(member: str, body: object, *roles: str) -> Answer:
    return by_member(update_me, "PATCH /v1/me", member, *roles, body=body)


def should_show_a_new_member_and_leave_out_what_is_unknown() -> None:
    person = any_member()
    profile = open_store().get("users", keys.profile(person["user_id"])) or {}
    answer = _get(person["user_id"])
    assert answer.status == 200
    assert answer.body == {
        "user_id": person["user_id"],
        "email": person["email"],
        "name": person["name"],
        "tier": "base",
        "roles": [],
        "created_at": instant(profile["created_at"]),
    }


def should_show_the_roles_of_the_token_in_order() -> None:
    member = any_member()["user_id"]
    roles = ["operator", "admin", "courier", "auditor", "buyer", "editor"]
    assert _get(member, *roles).body["roles"] == sorted(roles)


@pytest.mark.parametrize("handler", [get_me, update_me])
def should_refuse_callers_without_a_members_token(handler: object) -> None:
    operation, method = (get_me, "GET") if handler is get_me else (update_me, "PATCH")
    event = http_event(f"{method} /v1/me", body={"name": "Ada"})
    answer = ask(operation, event, access="member")
    assert (answer.status, answer.code) == (403, "forbidden")


def should_find_no_member_without_a_profile_and_make_none() -> None:
    assert (_get("nobody").status, _get("nobody").code) == (404, "not_found")
    assert _patch("nobody", {"name": "Ada"}).code == "not_found"
    assert open_store().get("users", keys.profile("nobody")) is None


def should_change_every_field_and_show_the_profile() -> None:
    person = any_member()
    answer = _patch(person["user_id"], EVERYTHING, "admin")
    assert answer.status == 200
    assert EVERYTHING.items() <= answer.body.items()
    assert (answer.body["email"], answer.body["roles"]) == (person["email"], ["admin"])
    assert _get(person["user_id"], "admin").body == answer.body


def should_leave_unnamed_fields_alone_and_clear_those_set_to_null() -> None:
    member = any_member()["user_id"]
    _patch(member, EVERYTHING)
    answer = _patch(member, {"phone": None, "locale": "pt-BR"})
    assert answer.status == 200
    assert "phone" not in answer.body
    assert answer.body["locale"] == "pt-BR"
    assert answer.body["birthday"] == EVERYTHING["birthday"]
    cleared = _patch(member, {"birthday": None, "locale": None, "phone": None})
    assert not {"birthday", "locale", "phone"} & set(cleared.body)
    assert cleared.body["name"] == EVERYTHING["name"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", ""),
        ("name", "Ada\u0007"),
        ("birthday", "2026-11-22"),  # today is not past
        ("birthday", "1899-12-31"),
        ("birthday", "2001-02-29"),
        ("birthday", "2001-01-01T00:00:00"),
        ("birthday", "20010101"),
        ("birthday", 978307200),
        ("phone", "0049 30 123456"),
        ("phone", "+0123456789"),
        ("phone", "+1234567890123456"),
        ("phone", "+\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668"),
        ("locale", "english"),
        ("locale", "en_US"),
        ("locale", "en-US-x-secret"),
        ("email", "new@example.test"),
        ("roles", ["admin"]),
        ("tier", "gold"),
    ],
)
def should_refuse_unacceptable_values_by_field(
    field: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "now", lambda _: _NOON)
    member = any_member()["user_id"]
    before = open_store().get("users", keys.profile(member))
    answer = _patch(member, {"name": "Grace", field: value})
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", [field])
    assert open_store().get("users", keys.profile(member)) == before


def should_take_yesterday_for_a_birthday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "now", lambda _: _NOON)
    answer = _patch(any_member()["user_id"], {"birthday": "2026-11-21"})
    assert (answer.status, answer.body["birthday"]) == (200, "2026-11-21")


@pytest.mark.parametrize("locale", ["de", "es-419", "zh-Hant-TW", "fil"])
def should_take_language_tags(locale: str) -> None:
    assert _patch(any_member()["user_id"], {"locale": locale}).body["locale"] == locale


@pytest.mark.parametrize("call", ["get_item", "update_item"])
def should_be_busy_when_the_table_does_not_answer(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = any_member()["user_id"]

    def silent(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    monkeypatch.setattr(open_store()._client, call, silent)
    answer = _get(member) if call == "get_item" else _patch(member, {"name": "Grace"})
    assert (answer.status, answer.code) == (503, "busy")
    assert int(answer.headers["retry-after"]) > 0


def should_take_names_of_every_script() -> None:
    name = "\u5f20\u4f1f \u0645\u0631\u064a\u0645 \u1f469\u200d\U0001f680"
    assert _patch(any_member()["user_id"], {"name": name}).body["name"] == name
