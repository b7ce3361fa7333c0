"""Whose access token it is, where no authorizer has looked at it: Cognito is asked."""

import base64
import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from mall.errors import NotSignedIn, RateLimited
from mall.identity import open_user_pool
from mall.settings import settings

from functions.users.log_out import log_out
from tests.functional.users.people import any_member, any_session, by_member, make_pool


def _changed(token: str, **claims: object) -> str:
    """A token that says something else of itself, under the old signature."""
    head, body, signature = token.split(".")
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=="))
    text = json.dumps(said | claims).encode()
    return ".".join((head, base64.urlsafe_b64encode(text).decode().rstrip("="), signature))


def should_know_whose_token_it_is() -> None:
    person = any_member()
    assert open_user_pool().member_of(any_session(person)["access_token"]) == person["user_id"]


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.W10.c", "e30.e30.e30"])
def should_take_nothing_that_is_no_token(token: str) -> None:
    with pytest.raises(NotSignedIn):
        open_user_pool().member_of(token)


def should_take_no_token_that_was_tampered_with() -> None:
    person, other = any_member(), any_member()
    token = any_session(person)["access_token"]
    for forged in (token[:-8] + "AAAAAAAA", _changed(token, sub=other["user_id"])):
        with pytest.raises(NotSignedIn):
            open_user_pool().member_of(forged)


def should_take_no_token_that_was_revoked() -> None:
    person = any_member()
    token = any_session(person)["access_token"]
    assert by_member(log_out, "DELETE /v1/sessions", person["user_id"]).status == 204
    with pytest.raises(NotSignedIn):
        open_user_pool().member_of(token)


def should_take_no_token_of_another_pool_or_client(monkeypatch: pytest.MonkeyPatch) -> None:
    token = any_session(any_member())["access_token"]
    other = make_pool(boto3.client("cognito-idp"))
    for name, ours in zip(("MALL_USER_POOL_ID", "MALL_MEMBER_CLIENT_ID"), other, strict=True):
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv(name, ours)
            settings.cache_clear()
            open_user_pool.cache_clear()
            with pytest.raises(NotSignedIn):
                open_user_pool().member_of(token)


def should_pass_on_that_it_was_asked_too_often(cognito: Stubber) -> None:
    cognito.add_client_error("get_user", "TooManyRequestsException")
    with pytest.raises(RateLimited):
        open_user_pool().member_of("e30.e30.e30")
