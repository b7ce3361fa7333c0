"""The door to SQS and EventBridge: telling the world what was committed."""

import json
from functools import cache
from typing import Any

import boto3

from mall.clock import instant
from mall.errors import Stale
from mall.orders.changes import relayed
from mall.orders.messages import FulfilOrder
from mall.orders.order import Order
from mall.settings import settings
from mall.store import Store

_SOURCE = "points-mall.orders"


class Outbox:
    """Tells of orders: work to the fulfilment queue, facts to the bus. Twice is harmless."""

    def __init__(self) -> None:
        self._queue = boto3.client("sqs")
        self._bus = boto3.client("events")
        self._settings = settings()

    def tell(self, store: Store, order: Order) -> None:
        """Send an order's newest version, then mark it told. Raises when either service refuses."""
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
        entry: Any = {
            "EventBusName": self._settings.bus_name,
            "Source": _SOURCE,
            "DetailType": f"order.{order.status}",
            "Detail": json.dumps(_fact(order)),
        }
        answer = self._bus.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise RuntimeError(f"the bus refused order {order.order_id}: {answer['Entries']}")


def _fact(order: Order) -> dict[str, Any]:
    """A domain event: ids and numbers, never codes or personal data."""
    return {
        "order_id": order.order_id,
        "version": order.version,
        "member": order.member,
        "product_id": order.product_id,
        "sku": order.sku,
        "quantity": order.quantity,
        "points": order.points,
        "status": order.status,
        "at": instant(order.history[-1].at),
    }


@cache
def open_outbox() -> Outbox:
    """The outbox of this process."""
    return Outbox()


class SweepQueue:
    """Hands the buckets of the expiry sweep to its queue."""

    def __init__(self) -> None:
        self._queue = boto3.client("sqs")
        self._url = settings().expiry_queue_url

    def send(self, buckets: range) -> None:
        """One message per bucket. Raises when the queue refuses one."""
        for bucket in buckets:
            body = json.dumps({"bucket": bucket})
            self._queue.send_message(QueueUrl=self._url, MessageBody=body)
