"""The queue of redemptions, in memory: what was sent waits until a test has it settled."""

from collections.abc import Sequence

from mall.events import Work
from mall.orders.queueing import RedeemQueued
from pydantic import BaseModel

_TOGETHER = 10  # a FIFO batch has no more


class Waiting(Work):
    """Messages in the order in which they were sent; no duplicate is left out."""

    def __init__(self) -> None:
        self.messages: list[RedeemQueued] = []

    def send_in_order(self, message: BaseModel, group: str, once: str) -> None:
        """Keep it."""
        assert isinstance(message, RedeemQueued)
        assert (group, once) == (message.group, message.order_id)
        self.messages.append(message)

    def batches(self) -> Sequence[Sequence[RedeemQueued]]:
        """What waits, taken out: by group, as many together as a batch holds."""
        groups: dict[str, list[RedeemQueued]] = {}
        for message in self.messages:
            groups.setdefault(message.group, []).append(message)
        self.messages = []
        return [
            group[first : first + _TOGETHER]
            for group in groups.values()
            for first in range(0, len(group), _TOGETHER)
        ]
