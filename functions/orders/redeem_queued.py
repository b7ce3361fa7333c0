"""Queue `redemptions`: settle the redemptions of queued products, up to ten in one transaction.

Each becomes an order, `placed` or `rejected` with the reason, in the very transaction that takes
points, stock and limit for those that are placed. The order's key decides duplicates: a message
that comes again, whether its first run died before the commit or after it, finds what it became.
"""

from collections.abc import Sequence

from mall.fifo import group_consumer
from mall.metrics import measure
from mall.orders.queueing import RedeemQueued
from mall.store import open_shelf, open_store
from mall.store.program import open_programs
from mall.store.redeeming import Till, reject_failed


def give_up(asked: RedeemQueued) -> None:
    """Reject a redemption that failed as often as it may, unless it is decided, and page."""
    if reject_failed(open_store(), asked):
        measure("RedemptionFailed")


@group_consumer(RedeemQueued, gives_up=give_up)
def redeem_queued(line: Sequence[RedeemQueued]) -> None:
    """Settle what stands in one line, in its order. Raises Busy: what is left waits."""
    Till(open_store(), open_shelf(), open_programs()).settle(line)
