"""The payment provider of the local stack as a process of ours: localstripe on the loopback.

    with payment_provider.running(folder) as provider:
        httpx.post(f"{provider.url}/v1/payment_intents", auth=(provider.secret_key, ""), ...)

Its keys and webhook secrets are made up for one stack and kept with its state.
"""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import boto3
import httpx

from local import ports, process
from local.emulator import Emulator
from local.progress import Failure

STOP_TIMEOUT_S = 30
_GATEWAY = "local.payment_gateway"
_START_TIMEOUT_S = 30
_POLL_S = 0.05


@dataclass(frozen=True)
class Keys:
    """What a stack and its provider share. Both webhook secrets are live, and the first signs."""

    secret_key: str
    webhook_secrets: list[str]


@dataclass(frozen=True)
class PaymentProvider:
    """A running provider: where it answers, and for whom."""

    url: str
    keys: Keys
    process: subprocess.Popen[bytes]
    log: Path

    def tell(self, api_url: str) -> None:
        """Have it deliver its webhooks to a stack, signed with the first secret."""
        answer = httpx.post(
            f"{self.url}/_config/webhooks/mall",
            json={"url": f"{api_url}/payments/webhook", "secret": self.keys.webhook_secrets[0]},
            trust_env=False,
        )
        answer.raise_for_status()

    def secret(self) -> str:
        """What the stack's secret for payments holds when this is its provider."""
        return json.dumps(
            {
                "api_key": self.keys.secret_key,
                "webhook_secrets": self.keys.webhook_secrets,
                "api_base": self.url,
            }
        )


@contextmanager
def running(folder: Path, *, persist: bool = False) -> Iterator[PaymentProvider]:
    """A provider whose files are in `folder`, for as long as the block lasts.

    `persist` takes up the state that the last one left there, and leaves its own. Raises Failure
    when it does not start.
    """
    provider = start(folder, persist=persist)
    try:
        yield provider
    finally:
        process.stop(provider.process, STOP_TIMEOUT_S)


def start(folder: Path, *, persist: bool) -> PaymentProvider:
    """Start a provider and wait until it answers; arguments and refusals as `running`."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    port, log = ports.choose(), folder / "logs/payments.log"
    command = [sys.executable, "-m", _GATEWAY, "--port", str(port)]
    if persist:
        command += ["--state", str(folder / "payments.pickle")]
    child = process.start(command, process.clean_environment(TZ="UTC"), Path.cwd(), log, tied=True)
    provider = PaymentProvider(f"http://127.0.0.1:{port}", _keys(folder), child, log)
    try:
        _wait_until_ready(provider)
    except BaseException:
        process.stop(child, STOP_TIMEOUT_S)
        raise
    return provider


def introduce(provider: PaymentProvider, aws: Emulator, secret_arn: str) -> None:
    """Put the provider's address and keys where the stack's functions look for them."""
    client = boto3.client("secretsmanager", **aws.client_options())
    client.put_secret_value(SecretId=secret_arn, SecretString=provider.secret())


def _keys(folder: Path) -> Keys:
    """The keys of the stack in `folder`, made up the first time."""
    file = folder / "payments.json"
    if not file.is_file():
        made = Keys(f"sk_test_{secrets.token_hex(16)}", [_webhook_secret(), _webhook_secret()])
        file.touch(0o600)
        file.write_text(json.dumps(asdict(made)))
    return Keys(**json.loads(file.read_text()))


def _webhook_secret() -> str:
    return f"whsec_{secrets.token_hex(24)}"


def _wait_until_ready(provider: PaymentProvider) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        if provider.process.poll() is not None:
            break
        try:
            httpx.get(f"{provider.url}/v1/events", timeout=2, trust_env=False)
        except httpx.TransportError:
            time.sleep(_POLL_S)
        else:
            return
    raise Failure("The payment provider did not start.", provider.log)
