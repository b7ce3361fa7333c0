"""Dead letters of `redemptions`: tell a member that a redemption came to nothing.

Here is what died each time before it could be given up. It is written as an order that is
`rejected` with the reason `failed`: it took nothing, and its key can never place anything else. A
redemption that was decided after all stays as it was. Whoever is turned down this way pages.
"""

from mall.metrics import measure
from mall.orders.queueing import RedeemQueued
from mall.queue import consumer
from mall.store import open_store
from mall.store.redeeming import reject_failed


@consumer(RedeemQueued)
def reject_unredeemed(message: RedeemQueued) -> None:
    """Give up one redemption, unless it is decided. Raises Busy: the message is kept."""
    if reject_failed(open_store(), message):
        measure("RedemptionFailed")
