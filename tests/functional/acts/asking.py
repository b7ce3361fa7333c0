"""Asking operations by their names, handing them messages and changes, and what is written."""

import base64
from collections.abc import Mapping
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from mall.settings import settings
from mall.store.window import open_window

from infra.operations import Http
from tests.events import Answer, Claims, ask, http_event, member_claims, partner_claims
from tests.stage import BY_NAME, TABLES, handler

ADMIN = member_claims("the-admin", "admin")
SECOND_ADMIN = member_claims("the-second-admin", "admin")
PARTNER = partner_claims("shop", "mall/events")
SHOP = partner_claims("shop", "mall/discounts")


def call(
    name: str,
    claims: Claims | None = None,
    *,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    body: object = None,
    key: str | None = None,
) -> Answer:
    """What the operation answers to a caller with these claims, in a process that saw no page."""
    open_window.cache_clear()
    operation = BY_NAME[name]
    assert isinstance(operation.trigger, Http)
    headers = {} if key is None else {"Idempotency-Key": key}
    event = http_event(
        operation.trigger.route, path=path, query=query, body=body, claims=claims, headers=headers
    )
    return ask(handler(name), event, access=operation.access)


def deliver(name: str, *bodies: str, tries: int = 1) -> list[str]:
    """Hand messages to a queue consumer, at this try of each; the numbers of those that failed."""
    records = [
        {
            "messageId": str(number),
            "receiptHandle": f"handle {number}",
            "attributes": {"ApproximateReceiveCount": str(tries)},
            "body": body,
            "eventSource": "aws:sqs",
        }
        for number, body in enumerate(bodies)
    ]
    answer = handler(name)({"Records": records}, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def follow(name: str, *images: Mapping[str, Any] | None) -> list[str]:
    """Hand changed items (None: a removed one) to a follower; what failed, by number."""
    write = TypeSerializer().serialize
    records = []
    for number, image in enumerate(images):
        change: dict[str, Any] = {"SequenceNumber": str(number), "StreamViewType": "NEW_IMAGE"}
        if image is not None:
            change["NewImage"] = {name: _as_json(write(value)) for name, value in image.items()}
        kind = "REMOVE" if image is None else "MODIFY"
        records.append({"eventID": str(number), "eventName": kind, "dynamodb": change})
    answer = handler(name)({"Records": records}, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def _as_json(value: Any) -> dict[str, Any]:
    """A value as Lambda hands a record over: bytes are base64 text."""
    ((kind, held),) = value.items()
    if kind == "B":
        return {kind: base64.b64encode(held).decode()}
    if kind == "L":
        return {kind: [_as_json(part) for part in held]}
    if kind == "M":
        return {kind: {name: _as_json(part) for name, part in held.items()}}
    return {kind: held}


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every item of every table: two of these are equal when nothing was written between them."""
    client, read = boto3.client("dynamodb"), TypeDeserializer().deserialize
    return {
        table: sorted(
            (
                {name: read(value) for name, value in item.items()}
                for item in client.scan(TableName=table)["Items"]
            ),
            key=lambda item: (item["pk"], item["sk"]),
        )
        for table in TABLES
    }


def waiting_messages(queue: str) -> list[str]:
    """The bodies of the messages that wait in a queue, taken out of it."""
    url = settings().queue_url(queue)
    client = boto3.client("sqs")
    bodies = []
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(message["Body"])
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies
