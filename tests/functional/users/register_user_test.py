"""POST /v1/users."""

import pytest
from botocore.stub import Stubber
from mall import keys
from mall.errors import Busy
from mall.store import Store, open_store
from mall.writes import put

from functions.users.confirm_user import confirm_user
from functions.users.get_me import get_me
from functions.users.register_user import register_user
from tests.events import Answer
from tests.functional.users.people import (
    PASSWORD,
    any_email,
    any_registered,
    by_member,
    code_of,
    post,
)


def _register(**changed: object) -> Answer:
    body = {"email": any_email(), "password": PASSWORD, "name": "Ada"} | changed
    return post(register_user, "/users", {k: v for k, v in body.items() if v is not None})


def should_register_a_person_whose_address_does_not_resolve_yet() -> None:
    email = any_email()
    answer = _register(email=f" {email.upper()} ", name=" Ada Lovelace ")
    assert answer.status == 201
    member = answer.body["user_id"]
    assert answer.body == {"user_id": member, "email": email, "status": "unconfirmed"}
    profile = open_store().get("users", keys.profile(member)) or {}
    assert (profile["name"], profile["email"]) == ("Ada Lovelace", email)
    assert profile["status"] == "unconfirmed"
    assert open_store().get("users", keys.email(email)) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", None),
        ("email", 7),
        ("email", "ada"),
        ("email", "ada@example"),
        ("email", "ada@@example.test"),
        ("email", "ada@example..test"),
        ("email", "ada@-example.test"),
        ("email", "ada lovelace@example.test"),
        ("email", "ada@example.test\u0000"),
        ("email", "\u212aelvin@example.test"),  # lower() would make it kelvin@
        ("email", "a" * 65 + "@example.test"),
        ("email", "a@" + "b" * 60 + "." + "c" * 60 + ".example"),
        ("password", None),
        ("password", ""),
        ("password", " " + PASSWORD),
        ("password", "Aa1!" * 65),
        ("name", None),
        ("name", "  "),
        ("name", "A" * 121),
        ("name", "Ada\nBcc: all@example.test"),
        ("name", "Ada\u0000"),
        ("name", ["Ada"]),
    ],
)
def should_refuse_unacceptable_values_by_field(field: str, value: object) -> None:
    answer = _register(**{field: value})
    assert (answer.status, answer.code) == (422, "invalid")
    assert answer.fields == [field]


def should_refuse_a_field_that_a_member_may_not_set() -> None:
    answer = _register(roles=["admin"])
    assert (answer.status, answer.fields) == (422, ["roles"])


def should_refuse_an_address_that_is_registered_in_whatever_case() -> None:
    person = any_registered()
    answer = _register(email=person["email"].title())
    assert (answer.status, answer.code) == (409, "email_taken")
    profile = open_store().get("users", keys.profile(person["user_id"])) or {}
    assert profile["name"] == person["name"]


@pytest.mark.parametrize("password", ["Short-1", "no-upper-case-1", "NO-LOWER-CASE-1"])
def should_leave_judging_the_password_to_cognito(password: str) -> None:
    answer = _register(password=password)
    assert (answer.status, answer.code) == (422, "invalid")
    assert answer.fields == ["password"]
    assert password not in str(answer.body)


def should_let_the_same_address_register_after_a_refused_password() -> None:
    email = any_email()
    assert _register(email=email, password="weak").status == 422
    assert _register(email=email).status == 201


def should_keep_a_profile_that_was_confirmed_before_it_was_written(cognito: Stubber) -> None:
    email = any_email()
    member = f"member-{email}"
    profile = {**keys.profile(member), "name": "Grace", "status": "confirmed"}
    open_store().transact([put("users", profile)])
    cognito.add_response("sign_up", {"UserConfirmed": False, "UserSub": member})
    assert _register(email=email).status == 201
    assert open_store().get("users", keys.profile(member)) == profile


def should_lose_no_more_than_the_name_when_it_dies_before_the_profile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = {"email": any_email()}
    with monkeypatch.context() as dying:
        dying.setattr(Store, "commit", _dies)
        assert _register(email=person["email"]).status == 503
    assert _register(email=person["email"]).code == "email_taken"
    assert post(confirm_user, "/users/confirm", code_of(person)).status == 204
    lookup = open_store().get("users", keys.email(person["email"])) or {}
    me = by_member(get_me, "GET /v1/me", lookup["user_id"])
    assert (me.status, me.body["name"]) == (200, person["email"].partition("@")[0])


def _dies(*_: object) -> None:
    raise Busy()
