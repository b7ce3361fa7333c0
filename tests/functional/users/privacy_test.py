"""Logs hold ids, never personal data, passwords, codes or tokens; whatever goes wrong."""

import io

import pytest
from botocore.stub import Stubber
from mall.http.operation import logger

from functions.users.forgot_password import forgot_password
from functions.users.log_in import log_in
from functions.users.log_out import log_out
from functions.users.refresh_session import refresh_session
from functions.users.reset_password import reset_password
from functions.users.update_me import update_me
from tests.functional.users.people import (
    PASSWORD,
    RESET_CODE,
    SIGN_UP_CODE,
    any_member,
    any_session,
    by_member,
    post,
)

NEW_PASSWORD = "Battery-Staple-8"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the handlers log, word for word."""
    stream = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    return stream


def should_log_no_personal_data_and_no_secret_on_a_members_whole_way(
    log: io.StringIO,
) -> None:
    person = any_member()
    session = any_session(person)
    email = person["email"]
    post(log_in, "/sessions", {"email": email, "password": "Wrong-Horse-77"})
    post(log_in, "/sessions", {"email": f"{email} {email}", "password": PASSWORD})
    post(refresh_session, "/sessions/refresh", {"refresh_token": session["refresh_token"]})
    post(forgot_password, "/passwords/forgot", {"email": email})
    reset = {"email": email, "code": RESET_CODE, "password": NEW_PASSWORD}
    assert post(reset_password, "/passwords/reset", reset).status == 204
    changes = {"phone": "+12025550123", "birthday": "1906-12-09"}
    assert by_member(update_me, "PATCH /v1/me", person["user_id"], body=changes).status == 200
    by_member(log_out, "DELETE /v1/sessions", person["user_id"])
    logged = log.getvalue()
    assert logged.count('"answered"') >= 9
    secrets = [email, person["name"], PASSWORD, "Wrong-Horse-77", NEW_PASSWORD, *changes.values()]
    secrets += [SIGN_UP_CODE, RESET_CODE, session["access_token"], session["refresh_token"]]
    assert [secret for secret in secrets if secret in logged] == []


def should_log_what_broke_without_what_cognito_said(cognito: Stubber, log: io.StringIO) -> None:
    cognito.add_client_error("admin_initiate_auth", "SomethingNewException", "ada@example.test?")
    body = {"email": "ada@example.test", "password": PASSWORD}
    assert post(log_in, "/sessions", body).status == 500
    logged = log.getvalue()
    assert "SomethingNewException" in logged
    assert "ada@example.test" not in logged
    assert PASSWORD not in logged
