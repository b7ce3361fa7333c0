"""Stream of the orders table: tell each new version of an order to the world, at least once.

Sent first, marked afterwards: a crash between the two sends again, and every consumer is
idempotent on (order, version). What the stream lost is found by `repair_outbox`.
"""

from mall.orders.items import from_item, waits
from mall.outbox import open_outbox
from mall.store import open_store
from mall.stream import Image, follower


@follower
def relay_orders(image: Image) -> None:
    """Relay one order, unless this version was told or the item is no order, or none yet."""
    if not image["pk"].startswith("ORDER#") or waits(image):
        return
    order = from_item(image)
    if order.lagging:
        open_outbox().tell(open_store(), order)
