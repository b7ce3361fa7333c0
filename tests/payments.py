"""The payment provider in tests: a real localstripe process, and what a member does there.

One process serves a whole test run; every test has intents of its own there.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
import stripe
from mall.payments.secret import PaymentKeys
from requests.structures import CaseInsensitiveDict

from local import payment_provider, payment_signature
from local.payment_provider import PaymentProvider

NOBODY_THERE = "http://127.0.0.1:9"
OLD_SECRET = "whsec_the_one_before"
NOBODYS_KEYS = PaymentKeys(
    api_key="sk_test_nobody", webhook_secrets=[OLD_SECRET], api_base=NOBODY_THERE
)
DECLINED = "pm_card_chargeDeclined"
ASKS_THE_BANK = "pm_card_authenticationRequired"


@contextmanager
def provider_in(folder: Path) -> Iterator[PaymentProvider]:
    """A provider with nothing in it."""
    with payment_provider.running(folder) as provider:
        yield provider


def hold_keys(keys: PaymentKeys) -> None:
    """Put the stage's keys where its functions look for them."""
    client, text = boto3.client("secretsmanager"), keys.model_dump_json()
    known = {secret["Name"] for secret in client.list_secrets()["SecretList"]}
    if "payments" in known:
        client.put_secret_value(SecretId="payments", SecretString=text)
    else:
        client.create_secret(Name="payments", SecretString=text)


class Refusing:
    """Stripe as it answers POSTs to a path with an error, and keeps that under the request's key.

    `mended` says that the cause is gone: keys that are new from then on are served.
    """

    def __init__(self, patch: pytest.MonkeyPatch, path: str, status: int, code: str) -> None:
        self.mended = False
        self.kept: list[str] = []
        ask: Any = stripe.RequestsClient._request_internal
        kind = (
            "api_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
        )
        body = json.dumps({"error": {"type": kind, "code": code, "message": "no"}}).encode()

        def refuse(http: Any, method: str, url: str, headers: Any, *more: Any, **named: Any) -> Any:
            key = headers.get("Idempotency-Key")
            if method != "post" or not url.endswith(path) or (self.mended and key not in self.kept):
                return ask(http, method, url, headers, *more, **named)
            again = key in self.kept
            self.kept += [] if again else [key]
            said = {"Idempotent-Replayed": "true"} if again else {}
            return body, status, CaseInsensitiveDict({"Stripe-Should-Retry": "false", **said})

        patch.setattr(stripe.RequestsClient, "_request_internal", refuse)


def pay(provider: PaymentProvider, client_secret: str, card: str = "pm_card_visa") -> str:
    """What a payment came to that a member confirmed with a card: `succeeded`, or why not."""
    intent = client_secret.partition("_secret_")[0]
    answer = httpx.post(
        f"{provider.url}/v1/payment_intents/{intent}/confirm",
        data={"client_secret": client_secret, "payment_method": card},
        trust_env=False,
    )
    body: dict[str, Any] = answer.json()
    told: str = body["error"]["code"] if "error" in body else body["status"]
    return told


def authenticate(provider: PaymentProvider, client_secret: str, *, success: bool) -> str:
    """What a payment came to once the member's bank has said yes or no."""
    intent = client_secret.partition("_secret_")[0]
    answer = httpx.post(
        f"{provider.url}/v1/payment_intents/{intent}/_authenticate",
        data={"client_secret": client_secret, "success": str(success).lower()},
        auth=(provider.keys.secret_key, ""),
        trust_env=False,
    )
    status: str = answer.json()["status"]
    return status


def ask_provider(provider: PaymentProvider, path: str, **data: object) -> dict[str, Any]:
    """What the provider answers to the merchant; with data it is a POST."""
    answer = httpx.request(
        "POST" if data else "GET",
        f"{provider.url}/v1/{path}",
        json=data or None,
        auth=(provider.keys.secret_key, ""),
        trust_env=False,
    )
    body: dict[str, Any] = answer.json()
    assert answer.is_success, body
    return body


def empty(provider: PaymentProvider) -> None:
    """Let the provider forget every payment."""
    httpx.delete(f"{provider.url}/_config/data", trust_env=False).raise_for_status()


def event_of(intent: str, kind: str = "payment_intent.succeeded", **metadata: str) -> bytes:
    """The body of a delivery that speaks of an intent."""
    thing = {"object": "payment_intent", "id": intent, "metadata": metadata}
    return json.dumps({"id": "evt_1", "type": kind, "data": {"object": thing}}).encode()


def signed(body: bytes, secret: str, at_s: int) -> str:
    """The header that the provider would send."""
    return payment_signature.signed(secret, body, at_s)
