"""The outbox: an order's errands go to the queues, its steps to the bus, and it is marked told.

Sent first, marked afterwards: a crash between the two sends again, and everybody who listens is
idempotent on (order, version).
"""

from functools import cache
from typing import get_args

from mall.errors import Stale
from mall.events import Bus, Work
from mall.orders.facts import SOURCE, untold
from mall.orders.items import relayed
from mall.orders.messages import Queue, errands
from mall.orders.order import Order
from mall.store import Store


class Outbox:
    """Tells of orders. Twice is harmless."""

    def __init__(self) -> None:
        self._bus = Bus()
        self._queues = {name: Work(name) for name in get_args(Queue)}

    def tell(self, store: Store, order: Order) -> None:
        """Send what an order has not told yet, then mark it told. Raises when AWS refuses."""
        for queue, message in errands(order):
            self._queues[queue].send([message])
        self._publish(order)
        try:
            store.transact([relayed(order)])
        except Stale:
            return  # a newer version stands there, with a record of its own; or this one was told

    def _publish(self, order: Order) -> None:
        self._bus.publish(SOURCE, untold(order))


@cache
def open_outbox() -> Outbox:
    """The outbox of this process."""
    return Outbox()
