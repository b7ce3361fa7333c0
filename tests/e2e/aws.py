"""What stands behind the deployed API: tables, queues, jobs and the bus of the emulator."""

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from mall.keys import ENTRY_PREFIX

from tests.audit import scan
from tests.e2e import mall

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient


def _options() -> dict[str, Any]:
    return {
        "endpoint_url": mall.stack()["emulator_url"],
        "region_name": "us-east-1",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }


@cache
def sqs() -> "SQSClient":
    """The queues."""
    return boto3.client("sqs", **_options())


@cache
def dynamodb() -> "DynamoDBClient":
    """The tables."""
    return boto3.client("dynamodb", **_options())


@cache
def bus() -> "EventBridgeClient":
    """The event buses."""
    return boto3.client("events", **_options())


@cache
def _lambda() -> "LambdaClient":
    return boto3.client("lambda", **_options())


def run(job: str) -> Any:
    """What a job answers that runs now."""
    answer = _lambda().invoke(FunctionName=f"mall-sandbox-{job}", Payload=b"{}")
    told = answer["Payload"].read()
    assert not answer.get("FunctionError"), told
    return json.loads(told)


def waiting(queue: str) -> int:
    """How many messages of a queue are not done with."""
    attributes = sqs().get_queue_attributes(
        QueueUrl=mall.stack()["queues"][queue],
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return sum(int(count) for count in attributes.values())


def table(name: str) -> list[dict[str, Any]]:
    """Every item of a table."""
    return scan(dynamodb(), mall.stack()["tables"][name])


def members_with_entries() -> dict[str, int]:
    """How many entries each member has who has any."""
    return {
        item["pk"].partition("#")[2]: int(item["sk"].partition("#")[2])
        for item in table("points")
        if item["sk"].startswith(ENTRY_PREFIX)
    }


def uncounted() -> set[str]:
    """Members of whom an entry has not come into the daily totals yet."""
    known = {
        item["pk"].partition("#")[2]: item["revision"]
        for item in table("points")
        if item["sk"] == "COUNTED"
    }
    return {m for m, revision in members_with_entries().items() if known.get(m) != revision}
