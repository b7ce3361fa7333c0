"""POST /v1/sessions, POST /v1/sessions/refresh, DELETE /v1/sessions."""

import base64
import json
from typing import Any

import boto3
import pytest
from mall.settings import settings

from functions.users.log_in import log_in
from functions.users.log_out import log_out
from functions.users.refresh_session import refresh_session
from tests.events import Answer, ask, http_event, partner_claims
from tests.functional.users.people import (
    PASSWORD,
    any_email,
    any_member,
    any_registered,
    any_session,
    by_member,
    post,
)


def _log_in(person: dict[str, Any], password: str = PASSWORD) -> Answer:
    return post(log_in, "/sessions", {"email": person["email"], "password": password})


def _refresh(token: object) -> Answer:
    return post(refresh_session, "/sessions/refresh", {"refresh_token": token})


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims


def should_log_in_with_the_address_in_any_case() -> None:
    person = any_member()
    answer = _log_in({"email": person["email"].upper()})
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.body) == {"access_token", "refresh_token", "expires_in", "token_type"}
    assert answer.body["token_type"] == "Bearer"
    claims = _claims(answer.body["access_token"])
    assert (claims["sub"], claims["token_use"]) == (person["user_id"], "access")
    assert answer.body["expires_in"] == claims["exp"] - claims["iat"]


@pytest.mark.parametrize(
    "body",
    [
        {"email": "ada@example.test"},
        {"email": "ada@example.test", "password": ""},
        {"email": "ada@example.test", "password": "x" * 257},
        {"email": "nowhere", "password": PASSWORD},
        {"email": "ada@example.test", "password": PASSWORD, "remember": True},
    ],
)
def should_refuse_what_cannot_be_credentials(body: object) -> None:
    answer = post(log_in, "/sessions", body)
    assert (answer.status, answer.code) == (422, "invalid")


def should_answer_a_wrong_password_and_an_unknown_address_alike() -> None:
    wrong = _log_in(any_member(), "Wrong-Horse-77")
    unknown = _log_in({"email": any_email()})
    assert (wrong.status, wrong.code) == (401, "wrong_credentials")
    assert (wrong.status, wrong.body) == (unknown.status, unknown.body)


def should_take_the_password_as_it_is_blanks_included() -> None:
    assert _log_in(any_member(), f" {PASSWORD} ").status == 401


def should_tell_a_person_that_the_address_is_unconfirmed() -> None:
    answer = _log_in(any_registered())
    assert (answer.status, answer.code) == (403, "unconfirmed")


def should_not_let_a_disabled_member_in() -> None:
    person = any_member()
    session = any_session(person)
    boto3.client("cognito-idp").admin_disable_user(
        UserPoolId=settings().user_pool_id, Username=person["email"]
    )
    assert _log_in(person).code == "wrong_credentials"
    assert _refresh(session["refresh_token"]).code == "wrong_credentials"


def should_go_on_with_the_same_refresh_token() -> None:
    person = any_member()
    begun = any_session(person)
    answer = _refresh(begun["refresh_token"])
    assert answer.status == 200
    assert answer.body["refresh_token"] == begun["refresh_token"]
    assert _claims(answer.body["access_token"])["sub"] == person["user_id"]
    assert _refresh(answer.body["refresh_token"]).status == 200


@pytest.mark.parametrize("token", [None, "", 7, "a b", "tok\u0000en", "x" * 8193])
def should_refuse_what_is_no_refresh_token(token: object) -> None:
    answer = _refresh(token)
    assert (answer.status, answer.fields) == (422, ["refresh_token"])


def should_refuse_a_refresh_token_that_cognito_never_gave() -> None:
    session = any_session(any_member())
    forged = session["refresh_token"][:-6] + "AAAAAA"
    for token in ("abc", "a.b.c", session["access_token"], forged):
        answer = _refresh(token)
        assert (answer.status, answer.code) == (401, "wrong_credentials")


def should_end_every_session_of_the_caller_and_of_nobody_else() -> None:
    person, other = any_member(), any_session(any_member())
    sessions = [any_session(person), any_session(person)]
    answer = by_member(log_out, "DELETE /v1/sessions", person["user_id"])
    assert (answer.status, answer.body) == (204, {})
    for session in sessions:
        assert _refresh(session["refresh_token"]).code == "wrong_credentials"
    assert _refresh(other["refresh_token"]).status == 200
    assert by_member(log_out, "DELETE /v1/sessions", person["user_id"]).status == 204
    assert _log_in(person).status == 200


def should_log_out_a_member_who_is_gone() -> None:
    assert by_member(log_out, "DELETE /v1/sessions", "gone").status == 204


@pytest.mark.parametrize("claims", [None, {"sub": "x", "token_use": "id"}, partner_claims("shop")])
def should_log_out_members_only(claims: dict[str, str] | None) -> None:
    claims = {**claims, "token_use": "id"} if claims else None
    answer = ask(log_out, http_event("DELETE /v1/sessions", claims=claims), access="member")
    assert (answer.status, answer.code) == (403, "forbidden")
