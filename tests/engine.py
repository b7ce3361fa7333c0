"""The emulator's services, with the doors that a function would open on them."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from mall.outbox import Outbox
from mall.secrets import CodeVault
from mall.settings import settings

from local.emulator import Emulator
from tests.wire import Wire

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_sqs.client import SQSClient


@dataclass(frozen=True)
class Engine:
    """The emulator's services, with one client each for the whole test session."""

    connect: Callable[..., "DynamoDBClient"]
    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"
    queue_url: str
    outbox: Outbox
    vault: CodeVault
    wire: Wire

    @classmethod
    def on(cls, aws: Emulator) -> "Engine":
        """Set up a queue, a bus and a key, and the doors to them as a function would open them."""
        session = boto3.Session("test", "test", region_name="us-east-1")
        wire = Wire(session)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(boto3, "DEFAULT_SESSION", session)
            patch.setenv("AWS_ENDPOINT_URL", aws.url)
            sqs = boto3.client("sqs")
            queue_url = sqs.create_queue(QueueName=f"fulfil-{uuid.uuid4()}")["QueueUrl"]
            bus = f"bus-{uuid.uuid4()}"
            boto3.client("events").create_event_bus(Name=bus)
            patch.setenv("MALL_BUS_NAME", bus)
            patch.setenv("MALL_FULFIL_QUEUE_URL", queue_url)
            key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
            patch.setenv("MALL_CODES_KEY_ARN", key)
            settings.cache_clear()
            outbox, vault = Outbox(), CodeVault()
        settings.cache_clear()
        config = Config(
            connect_timeout=5,
            read_timeout=30,  # a busy test machine is not what these tests are about
            retries={"mode": "standard", "total_max_attempts": 3},
            max_pool_connections=64,
        )

        def connect(*, checked: bool = True) -> "DynamoDBClient":
            asked = config.merge(Config(parameter_validation=checked))
            return session.client("dynamodb", endpoint_url=aws.url, config=asked)

        return cls(connect, connect(), sqs, queue_url, outbox, vault, wire)


class PlainVault(CodeVault):
    """Seals without a key, where sealing is not what a test is about."""

    def __init__(self) -> None:
        """No client is needed."""

    def seal(self, product_id: str, code: str) -> bytes:
        return f"{product_id} {code}".encode()

    def open(self, product_id: str, sealed: bytes) -> str:
        return sealed.decode().removeprefix(f"{product_id} ")


@pytest.fixture(scope="session")
def engine(bare_emulator: Emulator) -> Engine:
    """The services of the session's emulator."""
    return Engine.on(bare_emulator)
