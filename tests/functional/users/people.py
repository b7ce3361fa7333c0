"""The people of these tests, and the user pool they live in."""

import random
import string
from typing import TYPE_CHECKING, Any

import boto3
from mall.http import Operation

from functions.users.confirm_user import confirm_user
from functions.users.log_in import log_in
from functions.users.register_user import register_user
from tests.events import Answer, ask, http_event, member_claims
from tests.stage import TABLES

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp.client import CognitoIdentityProviderClient

PASSWORD = "Correct-Horse-7"
SIGN_UP_CODE = "123456"  # the emulator mails no other
RESET_CODE = "654321"


def make_pool(client: "CognitoIdentityProviderClient") -> tuple[str, str]:
    """A user pool and its member client, set up as infra sets them up; their ids."""
    pool = client.create_user_pool(
        PoolName="members",
        UsernameAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": False},
        AutoVerifiedAttributes=["email"],
        Policies={
            "PasswordPolicy": {
                "MinimumLength": 12,
                "RequireLowercase": True,
                "RequireUppercase": True,
                "RequireNumbers": True,
                "RequireSymbols": True,
            }
        },
        Schema=[{"Name": "unread", "AttributeDataType": "String", "Mutable": False}],
    )["UserPool"]["Id"]
    client.set_user_pool_mfa_config(
        UserPoolId=pool,
        SoftwareTokenMfaConfiguration={"Enabled": True},
        MfaConfiguration="OPTIONAL",
    )
    app = client.create_user_pool_client(
        UserPoolId=pool,
        ClientName="member",
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        PreventUserExistenceErrors="ENABLED",
        EnableTokenRevocation=True,
        WriteAttributes=["custom:unread"],
    )["UserPoolClient"]["ClientId"]
    return pool, app


def any_email() -> str:
    """An address that nobody has used."""
    return "".join(random.choices(string.ascii_lowercase, k=20)) + "@example.test"


def any_registered() -> dict[str, Any]:
    """A person who has registered and not yet confirmed: their address, name and `user_id`."""
    person = {"email": any_email(), "name": "Ada Lovelace"}
    answer = post(register_user, "/users", {**person, "password": PASSWORD})
    assert answer.status == 201, answer.body
    return {**person, "user_id": answer.body["user_id"]}


def any_member() -> dict[str, Any]:
    """A member whose address is confirmed."""
    person = any_registered()
    confirmed = post(confirm_user, "/users/confirm", code_of(person))
    assert confirmed.status == 204, confirmed.body
    return person


def code_of(person: dict[str, Any], code: str = SIGN_UP_CODE) -> dict[str, Any]:
    """The body that confirms a person's address."""
    return {"email": person["email"], "code": code}


def any_session(person: dict[str, Any]) -> dict[str, Any]:
    """Tokens of a member."""
    answer = post(log_in, "/sessions", {"email": person["email"], "password": PASSWORD})
    assert answer.status == 200, answer.body
    session: dict[str, Any] = answer.body
    return session


def post(handler: Operation[..., Any], path: str, body: object) -> Answer:
    """What anybody who posts `body` is answered."""
    return ask(handler, http_event(f"POST /v1{path}", body=body), access="anyone")


def by_member(
    handler: Operation[..., Any], route: str, member: str, *roles: str, body: object = None
) -> Answer:
    """What a member is answered."""
    event = http_event(route, body=body, claims=member_claims(member, *roles))
    return ask(handler, event, access="member")


def as_admin(
    handler: Operation[..., Any], route: str, user_id: str, *,
    admin: str = "the-admin", body: object = None,
) -> Answer:  # fmt: skip
    """What an admin is answered who does something to a user."""
    claims = member_claims(admin, "admin")
    event = http_event(route, path={"user_id": user_id}, body=body, claims=claims)
    return ask(handler, event, access="admin")


def everything_written(*about: str) -> str:
    """Every item of every table that holds one of these texts, as text."""
    client = boto3.client("dynamodb")
    pages = [
        page for table in TABLES for page in client.get_paginator("scan").paginate(TableName=table)
    ]
    items = sorted(str(sorted(item.items())) for page in pages for item in page["Items"])
    return "\n".join(item for item in items if any(text and text in item for text in about))
