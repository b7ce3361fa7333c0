"""`stack.json`: how programs reach a running local stack, and who they can be.

It holds the demo accounts' passwords and a client secret, made up for this stack alone; so only
its owner may read it, and it is there only while the stack runs.
"""

import json
import os
from pathlib import Path
from typing import TypedDict

import boto3

from local.emulator import Emulator
from local.payment_provider import PaymentProvider

_TABLES = {
    "points": "PointsTable",
    "orders": "OrdersTable",
    "catalog": "CatalogTable",
    "users": "UsersTable",
}
_QUEUES = {
    "fulfil": "FulfilQueueUrl",
    "fulfil_dead_letter": "FulfilDeadLetterUrl",
    "redemptions": "RedemptionsQueueUrl",
    "redemptions_dead_letter": "RedemptionsDeadLetterUrl",
    "expiry": "ExpiryQueueUrl",
    "expiry_dead_letter": "ExpiryDeadLetterUrl",
    "refund_payment": "RefundPaymentQueueUrl",
    "refund_payment_dead_letter": "RefundPaymentDeadLetterUrl",
    "stream_failures": "StreamFailuresUrl",
}


class Login(TypedDict):
    """A demo account's e-mail and password."""

    email: str
    password: str


class Partner(TypedDict):
    """A machine client: its credentials and where it gets tokens for them."""

    client_id: str
    client_secret: str
    token_url: str


class Payments(TypedDict):
    """The payment provider: where it answers, the merchant's key, and the live webhook secrets."""

    url: str
    secret_key: str
    webhook_secrets: list[str]


class Handover(TypedDict):
    """The content of `stack.json`.

    `url` is the front door, `api_url` the API's base with its version, `emulator_url` where an AWS
    SDK finds the tables and queues.
    """

    url: str
    api_url: str
    emulator_url: str
    admin: Login
    approver: Login
    member: Login
    partner: Partner
    payments: Payments
    tables: dict[str, str]
    queues: dict[str, str]


def describe(
    aws: Emulator, url: str, outputs: dict[str, str], logins: dict[str, Login],
    provider: PaymentProvider,
) -> Handover:  # fmt: skip
    """Everything about a deployed stack that a client needs.

    `logins` has "admin", "approver" (another admin, for what takes two) and "member".
    """
    return {
        "url": url,
        "api_url": f"{url}/v1",
        "emulator_url": aws.url,
        "admin": logins["admin"],
        "approver": logins["approver"],
        "member": logins["member"],
        "partner": {
            "client_id": outputs["PartnerClientId"],
            "client_secret": _client_secret(aws, outputs),
            "token_url": f"{url}/oauth2/token",
        },
        "payments": {
            "url": provider.url,
            "secret_key": provider.keys.secret_key,
            "webhook_secrets": provider.keys.webhook_secrets,
        },
        "tables": {name: outputs[output] for name, output in _TABLES.items()},
        "queues": {name: outputs[output] for name, output in _QUEUES.items()},
    }


def write(file: Path, handover: Handover) -> None:
    """Put `handover` at `file` in one step, readable by its owner only."""
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as output:
        json.dump(handover, output, indent=2)
        output.write("\n")
    fresh.replace(file)


def withdraw(file: Path) -> None:
    """Remove `file`, if it is there: what it describes no longer answers."""
    file.unlink(missing_ok=True)


def _client_secret(aws: Emulator, outputs: dict[str, str]) -> str:
    cognito = boto3.client("cognito-idp", **aws.client_options())
    answer = cognito.describe_user_pool_client(
        UserPoolId=outputs["UserPoolId"], ClientId=outputs["PartnerClientId"]
    )
    return answer["UserPoolClient"]["ClientSecret"]
