"""The door to SQS and EventBridge: telling the world what was committed."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError
from pydantic import BaseModel

from mall.errors import Busy
from mall.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

_EVENTS_MAX = 10  # of one request to EventBridge


class Bus:
    """Tells the world of facts."""

    def __init__(self) -> None:
        self._client = boto3.client("events")
        self._name = settings().bus_name

    def publish(self, source: str, facts: Sequence[tuple[str, BaseModel]]) -> None:
        """Publish facts, each with its type. Raises when the bus refuses one."""
        entries: Any = [
            {
                "EventBusName": self._name,
                "Source": source,
                "DetailType": kind,
                "Detail": fact.model_dump_json(),
            }
            for kind, fact in facts
        ]
        for first in range(0, len(entries), _EVENTS_MAX):
            answer = self._client.put_events(Entries=entries[first : first + _EVENTS_MAX])
            if answer["FailedEntryCount"]:
                raise RuntimeError(f"the bus refused facts: {answer['Entries']}")


@cache
def open_bus() -> Bus:
    """The bus of this process."""
    return Bus()


class Work:
    """Hands messages to one of the work queues, named as the operations table names it."""

    def __init__(self, queue: str) -> None:
        self._client = boto3.client("sqs")
        self._url = settings().queue_url(queue)

    def send(self, messages: Iterable[BaseModel]) -> int:
        """Send them one by one, and return how many. Raises when the queue refuses one.

        IAM knows no right to send a batch, and the emulator asks for one.
        """
        sent = 0
        for message in messages:
            self._client.send_message(QueueUrl=self._url, MessageBody=message.model_dump_json())
            sent += 1
        return sent

    def send_in_order(self, message: BaseModel, group: str, once: str) -> None:
        """Send to a FIFO queue: after what was sent to the group, and `once` within 5 minutes.

        Raises Busy when the queue cannot be reached: whether it was sent is unknown then.
        """
        try:
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=message.model_dump_json(),
                MessageGroupId=group,
                MessageDeduplicationId=once,
            )
        except (ClientError, ConnectionError, HTTPClientError) as error:
            raise Busy("The queue did not answer; retry with the same key.") from error


@cache
def _sqs() -> "SQSClient":
    return boto3.client("sqs")


def hide(queue_url: str, receipt_handle: str, seconds: int) -> None:
    """Let a message that was received come again after so many seconds, counted from now."""
    _sqs().change_message_visibility(
        QueueUrl=queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
    )
