"""Handlers in process, on moto; and the check that together these tests reach every answer.

Every stage here belongs to one test: four empty tables, secrets, a key, queues, a bucket, a bus.
Time stands still at `NOON` until a test moves it. moto is single-threaded here and says nothing
about races or cost.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from mall.events import open_bus
from mall.exports import open_exports
from mall.outbox import open_outbox
from mall.payments import open_stripe
from mall.payments.secret import PaymentKeys, payment_secret
from mall.secrets import code_macs_secret, code_vault, signing_secret
from mall.seeds import seed_vault
from mall.settings import settings
from mall.store import open_shelf, open_store
from mall.store.lotteries import open_lotteries
from mall.store.program import open_programs
from mall.store.window import open_window
from mall.uploads import open_images, open_import_files
from moto import mock_aws
from moto.kms import models as kms_models
from moto.kms.utils import generate_private_key

from infra.operations import FIFO_QUEUES, QUEUES
from local.payment_provider import PaymentProvider
from tests import contract
from tests.functional.answers import know_values
from tests.functional.backups import back_up_once
from tests.functional.blueprint import Blueprint
from tests.functional.shortcut import take_shortcut
from tests.functional.times import Time
from tests.payments import NOBODYS_KEYS, OLD_SECRET, hold_keys, provider_in
from tests.provider import MemoryProvider
from tests.stage import SETTINGS, make_tables

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import CreateQueueResultTypeDef

HERE = Path(__file__).parent
_OPENED = (
    settings,
    open_store,
    open_shelf,
    open_window,
    open_programs,
    open_exports,
    open_images,
    open_import_files,
    open_bus,
    open_outbox,
    open_stripe,
    payment_secret,
    signing_secret,
    code_macs_secret,
    code_vault,
    open_lotteries,
    seed_vault,
)
_BLUEPRINT = Blueprint()
_MISSING = pytest.StashKey[list[contract.Answered]]()
_open_client = boto3.client
# moto makes an RSA pair for a symmetric key too, which nobody uses and which takes 0.1 s.
_PAIR = generate_private_key("RSA_2048")


@cache  # building one takes longer than most tests
def _new_client(service: Any) -> Any:
    client = _open_client(service)
    if service == "dynamodb":
        take_shortcut(client)
    return client


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """The time that every function of the stage lives at."""
    return Time(monkeypatch)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, time: Time) -> Iterator[None]:
    """A stage of this test's own; nothing that a handler opened outlives it."""
    for name, value in {**SETTINGS, "AWS_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(boto3, "client", lambda service, **_: _new_client(service))
    know_values(monkeypatch)
    back_up_once(monkeypatch)
    monkeypatch.setattr("moto.core.models.RESPONSES_METHODS", [])  # nobody asks but botocore
    with mock_aws():
        if not _BLUEPRINT.calls:
            with _BLUEPRINT.drawing():
                _build()
        else:
            _BLUEPRINT.build()
        monkeypatch.setattr(kms_models, "generate_private_key", lambda _: _PAIR)
        key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
        monkeypatch.setenv("MALL_CODES_KEY_ARN", key)
        monkeypatch.setenv("MALL_SEEDS_KEY_ARN", key)
        for name, url in _BLUEPRINT.queue_urls.items():
            monkeypatch.setenv(f"MALL_{name.upper()}_QUEUE_URL", url)
        _forget()
        monkeypatch.setattr(open_store(), "_pause", time.pause)
        yield
    _forget()


def _build() -> None:
    make_tables(boto3.client("dynamodb"))
    for name in ("signing", "code-macs"):
        boto3.client("secretsmanager").create_secret(Name=name, SecretString=f"{name} secret")
    hold_keys(NOBODYS_KEYS)
    boto3.client("events").create_event_bus(Name="bus")
    for bucket in ("files", "images"):
        boto3.client("s3").create_bucket(Bucket=bucket)
    for name in QUEUES:
        _BLUEPRINT.queue_urls[name] = _new_queue(name)["QueueUrl"]


@pytest.fixture
def provider(stage: None, monkeypatch: pytest.MonkeyPatch) -> MemoryProvider:
    """Who takes the money on this stage; without it, the stage knows of nobody who does."""
    found = MemoryProvider()
    monkeypatch.setattr("mall.payments.open_stripe", lambda: found)
    return found


def _new_queue(name: str) -> "CreateQueueResultTypeDef":
    """A queue of the kind that the stack makes."""
    if name not in FIFO_QUEUES:
        return boto3.client("sqs").create_queue(QueueName=name)
    return boto3.client("sqs").create_queue(
        QueueName=f"{name}.fifo",
        Attributes={"FifoQueue": "true", "DeduplicationScope": "messageGroup"},
    )


@pytest.fixture(scope="session")
def payment_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaymentProvider]:
    """The payment provider of this test process, started for the first test that asks for it."""
    with provider_in(tmp_path_factory.mktemp("payments")) as provider:
        yield provider


@pytest.fixture
def payments(payment_process: PaymentProvider, stage: None) -> PaymentProvider:
    """The provider that this stage holds a key of; two webhook secrets are live."""
    live = [*payment_process.keys.webhook_secrets, OLD_SECRET]
    hold_keys(
        PaymentKeys(
            api_key=payment_process.keys.secret_key,
            webhook_secrets=live,
            api_base=payment_process.url,
        )
    )
    return payment_process


def _forget() -> None:
    for each in _OPENED:
        each.cache_clear()


@pytest.fixture
def sandbox(stage: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stage is the sandbox: it has a clock that can be set, and nobody waits for it to pass."""
    monkeypatch.setenv("MALL_STAGE", "sandbox")
    _forget()
    monkeypatch.setattr(open_store(), "_pause", lambda _: None)


# --- every answer of the contract is reached -----------------------------------------------------
#
# Each test process remembers what it saw; with xdist the workers hand that to the controller. Only
# a green run over this whole folder can say that something is never reached.


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what this process saw, or fail the run for an answer that nothing reached."""
    handed_over = getattr(session.config, "workeroutput", None)
    if handed_over is not None:
        handed_over["answered"] = [list(answered) for answered in contract.seen]
    elif _whole(session) and (missing := contract.never_seen(contract.seen)):
        session.config.stash[_MISSING] = missing
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take what a worker saw."""
    for answered in getattr(node, "workeroutput", {}).get("answered", ()):
        contract.seen.add(contract.Answered(*answered))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Name each answer that the contract lists and no test reached."""
    if missing := config.stash.get(_MISSING, []):
        terminalreporter.section("answers that no test reaches", red=True)
        for operation, status, code in missing:
            terminalreporter.line(f"{operation} {status} {code}")


def _whole(session: pytest.Session) -> bool:
    """Whether everything in this folder ran, and passed."""
    option = session.config.option
    narrowed = option.keyword or option.markexpr or option.deselect or option.collectonly
    paths = [Path(arg) for arg in session.config.args]
    covered = any(HERE.is_relative_to(path.resolve()) for path in paths)
    return covered and not narrowed and not session.testsfailed and session.testscollected > 0
