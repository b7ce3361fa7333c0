"""POST /v1/users/confirm."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from mall import keys
from mall.errors import Busy
from mall.settings import settings
from mall.store import Store, open_store
from mall.writes import put

from functions.users.confirm_user import confirm_user
from tests.events import Answer
from tests.functional.users.people import (
    SIGN_UP_CODE,
    any_email,
    any_member,
    any_registered,
    code_of,
    post,
)

WRONG = "000000"


def _confirm(person: dict[str, Any], code: str = SIGN_UP_CODE) -> Answer:
    return post(confirm_user, "/users/confirm", code_of(person, code))


def _status(person: dict[str, Any]) -> str:
    profile = open_store().get("users", keys.profile(person["user_id"])) or {}
    status: str = profile["status"]
    return status


def _lookup(person: dict[str, Any]) -> dict[str, Any] | None:
    return open_store().get("users", keys.email(person["email"]))


def _resolve(email: str, member: str) -> None:
    open_store().transact([put("users", {**keys.email(email), "user_id": member})])


def should_confirm_profile_and_address_together_and_say_nothing() -> None:
    person = any_registered()
    answer = _confirm({**person, "email": person["email"].upper()})
    assert (answer.status, answer.body) == (204, {})
    assert _status(person) == "confirmed"
    assert _lookup(person) == {**keys.email(person["email"]), "user_id": person["user_id"]}
    profile = open_store().get("users", keys.profile(person["user_id"])) or {}
    assert profile["name"] == person["name"]


@pytest.mark.parametrize("code", ["", " ", "12 34", "1" * 65, "\u0661\u0662\u0663", 123456, None])
def should_refuse_what_is_no_code(code: object) -> None:
    answer = post(confirm_user, "/users/confirm", {"email": any_email(), "code": code})
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["code"])


def should_refuse_a_wrong_code_and_confirm_nothing() -> None:
    person = any_registered()
    answer = _confirm(person, WRONG)
    assert (answer.status, answer.code) == (422, "wrong_code")
    assert (_status(person), _lookup(person)) == ("unconfirmed", None)


def should_answer_strangers_and_members_alike() -> None:
    member, stranger = any_member(), {"email": any_email()}
    answers = [_confirm(who, code) for who in (member, stranger) for code in (WRONG, SIGN_UP_CODE)]
    assert {answer.status for answer in answers} == {422}
    assert all(answer.body == answers[0].body for answer in answers)


def should_refuse_a_disabled_member_whatever_is_missing() -> None:
    person = any_registered()
    cognito = boto3.client("cognito-idp")
    named = {"UserPoolId": settings().user_pool_id, "Username": person["email"]}
    cognito.admin_confirm_sign_up(**named)
    cognito.admin_disable_user(**named)
    assert _confirm(person).code == "wrong_code"
    assert _lookup(person) is None


def should_refuse_an_account_that_no_code_can_confirm() -> None:
    invited = {"email": any_email()}
    boto3.client("cognito-idp").admin_create_user(
        UserPoolId=settings().user_pool_id, Username=invited["email"], MessageAction="SUPPRESS"
    )
    assert _confirm(invited).code == "wrong_code"
    assert _lookup(invited) is None


def should_refuse_an_address_that_resolves_to_somebody_else() -> None:
    person = any_registered()
    _resolve(person["email"], "somebody-else")
    answer = _confirm(person)
    assert (answer.status, answer.code) == (409, "email_taken")
    assert _status(person) == "unconfirmed"
    assert (_lookup(person) or {})["user_id"] == "somebody-else"


def should_write_what_is_missing_after_dying_between_cognito_and_the_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = any_registered()
    with monkeypatch.context() as dying:
        dying.setattr(Store, "commit", _dies)
        assert _confirm(person).status == 503
    assert (_status(person), _lookup(person)) == ("unconfirmed", None)
    assert _confirm(person).status == 204
    assert _status(person) == "confirmed"
    assert (_lookup(person) or {})["user_id"] == person["user_id"]
    assert _confirm(person).code == "wrong_code"


def should_tell_nothing_to_a_code_that_nobody_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    person = any_registered()
    with monkeypatch.context() as dying:
        dying.setattr(Store, "commit", _dies)
        _confirm(person)
    _resolve(person["email"], "somebody-else")
    assert _confirm(person, WRONG).code == "wrong_code"
    assert _status(person) == "unconfirmed"


def should_confirm_once_when_sent_several_times_at_once() -> None:
    person = any_registered()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _confirm(person), range(8)))
    statuses = {answer.status for answer in answers}
    assert 204 in statuses
    assert statuses <= {204, 422}
    assert _status(person) == "confirmed"


def _dies(*_: object) -> None:
    raise Busy()
