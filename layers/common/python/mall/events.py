"""The door to SQS and EventBridge: telling the world what was committed."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import boto3
from pydantic import BaseModel

from mall.errors import Stale
from mall.orders.items import relayed
from mall.orders.messages import FulfilOrder, untold
from mall.orders.order import Order
from mall.settings import settings
from mall.store import Store

_SOURCE = "points-mall.orders"
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


class Outbox:
    """Tells of orders: work to the fulfilment queue, facts to the bus. Twice is harmless."""

    def __init__(self) -> None:
        self._queue = boto3.client("sqs")
        self._bus = Bus()
        self._settings = settings()

    def tell(self, store: Store, order: Order) -> None:
        """Send what an order has not told yet, then mark it told. Raises when AWS refuses."""
        if order.status == "placed":
            message = FulfilOrder(order_id=order.order_id, version=order.version)
            self._queue.send_message(
                QueueUrl=self._settings.fulfil_queue_url, MessageBody=message.model_dump_json()
            )
        self._publish(order)
        try:
            store.transact([relayed(order)])
        except Stale:
            return  # a newer version stands there, with a record of its own; or this one was told

    def _publish(self, order: Order) -> None:
        self._bus.publish(_SOURCE, [(f"order.{fact.status}", fact) for fact in untold(order)])


@cache
def open_outbox() -> Outbox:
    """The outbox of this process."""
    return Outbox()


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
