"""POST /v1/passwords/forgot, POST /v1/passwords/reset."""

from typing import Any

import boto3
import pytest
from mall.settings import settings

from functions.users.forgot_password import forgot_password
from functions.users.log_in import log_in
from functions.users.reset_password import reset_password
from tests.events import Answer
from tests.functional.users.people import (
    PASSWORD,
    RESET_CODE,
    any_email,
    any_member,
    any_registered,
    post,
)

NEW_PASSWORD = "Battery-Staple-8"


def _forgot(person: dict[str, Any]) -> Answer:
    return post(forgot_password, "/passwords/forgot", {"email": person["email"]})


def _reset(
    person: dict[str, Any], code: str = RESET_CODE, password: object = NEW_PASSWORD
) -> Answer:
    body = {"email": person["email"], "code": code, "password": password}
    return post(reset_password, "/passwords/reset", body)


def _log_in(person: dict[str, Any], password: str) -> int:
    body = {"email": person["email"], "password": password}
    return post(log_in, "/sessions", body).status


def should_replace_a_forgotten_password() -> None:
    person = any_member()
    assert _forgot(person).status == 204
    answer = _reset({"email": person["email"].upper()})
    assert (answer.status, answer.body) == (204, {})
    assert (_log_in(person, PASSWORD), _log_in(person, NEW_PASSWORD)) == (401, 200)


def should_take_a_code_once() -> None:
    person = any_member()
    _forgot(person)
    assert _reset(person).status == 204
    assert _reset(person, password="Third-Password-9").code == "wrong_code"
    assert _log_in(person, NEW_PASSWORD) == 200


def should_tell_nobody_who_is_a_member() -> None:
    disabled = any_member()
    boto3.client("cognito-idp").admin_disable_user(
        UserPoolId=settings().user_pool_id, Username=disabled["email"]
    )
    for person in (any_member(), any_registered(), disabled, {"email": any_email()}):
        answer = _forgot(person)
        assert (answer.status, answer.body) == (204, {})


def should_refuse_what_is_no_address() -> None:
    answer = _forgot({"email": "nowhere"})
    assert (answer.status, answer.fields) == (422, ["email"])


@pytest.mark.parametrize("password", [None, "", 7, "x" * 257, NEW_PASSWORD + " "])
def should_refuse_what_is_no_password(password: object) -> None:
    answer = _reset({"email": any_email()}, password=password)
    assert (answer.status, answer.fields) == (422, ["password"])


def should_answer_a_wrong_code_and_an_unknown_address_alike() -> None:
    person = any_member()
    unasked = _reset(person)
    _forgot(person)
    wrong, unknown = _reset(person, code="000000"), _reset({"email": any_email()})
    assert (wrong.status, wrong.code) == (422, "wrong_code")
    assert wrong.body == unknown.body == unasked.body
    assert _log_in(person, PASSWORD) == 200


def should_leave_judging_the_password_to_cognito() -> None:
    person = any_member()
    _forgot(person)
    answer = _reset(person, password="too weak")
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["password"])
    assert _log_in(person, PASSWORD) == 200
    assert _reset(person).status == 204
