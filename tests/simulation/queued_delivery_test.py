"""A line through a FIFO queue of the emulator: what is sent is what the consumer can settle."""

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest
from mall.events import Work
from mall.orders.queueing import RedeemQueued
from mall.store.line import Line
from mall.store.redeeming import Till

from functions.orders.redeem_queued import redeem_queued
from tests.emulated import PRICE, EmulatedMall

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


class Fifo(Work):
    """A FIFO queue of its own on the emulator, made as the stack makes it."""

    def __init__(self, client: "SQSClient") -> None:
        self._client = client
        self._url = client.create_queue(
            QueueName=f"redemptions-{uuid.uuid4()}.fifo",
            Attributes={"FifoQueue": "true", "DeduplicationScope": "messageGroup"},
        )["QueueUrl"]

    def batch(self) -> Sequence[Mapping[str, Any]]:
        """The next messages, as Lambda hands them over."""
        answer = self._client.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        )
        return [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "attributes": message["Attributes"],
                "body": message["Body"],
                "eventSource": "aws:sqs",
            }
            for message in answer.get("Messages", [])
        ]

    def done(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Take out what was settled."""
        for record in records:
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=record["receiptHandle"])


@pytest.fixture
def queue(mall: EmulatedMall, monkeypatch: pytest.MonkeyPatch) -> Fifo:
    """The queue that members stand in, and whose consumer works on the mall's tables."""
    made = Fifo(mall.engine.sqs)
    mall.line = Line(mall.store, lambda: made)
    till = Till(mall.store, mall.shelf, mall.programs)
    monkeypatch.setattr(redeem_queued, "story", till.settle)
    return made


def should_settle_what_was_sent(mall: EmulatedMall, queue: Fifo) -> None:
    """Twelve in line, each asked for twice: ten and two are handed over, and none a second time."""
    product = mall.product(codes=20, shards=1, stock_mode="queued")
    members = mall.members([PRICE] * 12)
    for member in [*members, *members]:
        mall.place(member, product, "key")
    sizes = []
    while batch := queue.batch():
        asked = [RedeemQueued.model_validate_json(record["body"]) for record in batch]
        assert [each.group for each in asked] == [
            record["attributes"]["MessageGroupId"] for record in batch
        ]
        assert redeem_queued({"Records": [*batch]}, None) == {"batchItemFailures": []}
        queue.done(batch)
        sizes.append(len(batch))
    assert sizes == [10, 2]
    assert [order.status for order in mall.audit().orders.values()] == ["placed"] * 12
    assert [mall.available(member) for member in members] == [0] * 12
