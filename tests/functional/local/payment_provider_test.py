"""localstripe beside the stack: what it lacks of Stripe is there, and it outlives nobody."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from mall.payments.webhook import check_signature

from local import payment_provider, ports
from local.payment_provider import PaymentProvider
from tests.payments import ask_provider, pay


@contextmanager
def _endpoint(*statuses: int) -> Iterator[tuple[str, list[tuple[bytes, str]], threading.Event]]:
    """An endpoint that answers so; what it was sent, and when it has answered all."""
    sent: list[tuple[bytes, str]] = []
    done = threading.Event()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sent.append((body, self.headers["Stripe-Signature"]))
            self.send_response(statuses[len(sent) - 1])
            self.end_headers()
            if len(sent) == len(statuses):
                done.set()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    port = ports.choose()
    server = HTTPServer(("127.0.0.1", port), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{port}", sent, done
    finally:
        server.shutdown()
        server.server_close()


def _intent(provider: PaymentProvider, key: str = "", amount: int = 500) -> httpx.Response:
    return httpx.post(
        f"{provider.url}/v1/payment_intents",
        data={"amount": amount, "currency": "usd"},
        auth=(provider.keys.secret_key, ""),
        headers={"Idempotency-Key": key} if key else {},
        trust_env=False,
    )


def should_keep_its_payments_and_keys_with_the_state(tmp_path: Path) -> None:
    with payment_provider.running(tmp_path, persist=True) as first:
        intent = _intent(first, "one").json()
        assert pay(first, intent["client_secret"]) == "succeeded"
    with payment_provider.running(tmp_path, persist=True) as second:
        assert second.keys == first.keys
        assert ask_provider(second, f"payment_intents/{intent['id']}")["status"] == "succeeded"
        assert _intent(second, "one").json()["id"] == intent["id"]
    assert first.process.returncode == second.process.returncode == 0
    assert (tmp_path / "payments.json").stat().st_mode & 0o077 == 0


def should_answer_a_key_once_and_refuse_it_for_another_request(
    payment_process: PaymentProvider,
) -> None:
    first, again = (_intent(payment_process, "the key") for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    other = _intent(payment_process, "the key", amount=501)
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")


def should_deliver_again_until_it_is_taken(payment_process: PaymentProvider) -> None:
    with _endpoint(503, 200) as (url, sent, done):
        payment_process.tell(url)
        pay(payment_process, _intent(payment_process).json()["client_secret"])
        assert done.wait(30)
    assert sent[0][0] == sent[1][0]
    for body, header in sent:
        at = int(header.partition(",")[0].removeprefix("t="))
        check_signature(body, header, payment_process.keys.webhook_secrets[:1], at)


def should_confirm_for_whoever_holds_the_client_secret(payment_process: PaymentProvider) -> None:
    intent = _intent(payment_process).json()
    url = f"{payment_process.url}/v1/payment_intents/{intent['id']}/confirm"
    refused = httpx.post(url, data={"client_secret": "another"}, trust_env=False)
    assert refused.status_code == httpx.codes.UNAUTHORIZED
    taken = httpx.post(url, data={"client_secret": intent["client_secret"]}, trust_env=False)
    assert taken.json()["status"] == "succeeded"


def should_listen_on_the_loopback_address_alone(payment_process: PaymentProvider) -> None:
    port = int(payment_process.url.rpartition(":")[2])
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://[::1]:{port}/v1/events", timeout=2, trust_env=False)


def should_stop_when_whoever_started_it_is_gone(tmp_path: Path) -> None:
    provider = payment_provider.start(tmp_path, persist=True)
    assert provider.process.stdin is not None
    provider.process.stdin.close()
    assert provider.process.wait(30) == 0
    assert (tmp_path / "payments.pickle").is_file()
