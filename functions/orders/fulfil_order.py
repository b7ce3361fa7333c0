"""Queue `fulfil`: give a placed order its codes, once.

The codes leave the pool in the transaction that moves the order on: a message delivered twice, a
redriven one, or one that races a cancellation finds the order moved and changes nothing.
"""

from random import SystemRandom

from mall import errors, keys
from mall.catalog.codes import pop
from mall.orders import changes
from mall.orders.items import from_item
from mall.orders.messages import FulfilOrder
from mall.queue import consumer
from mall.store import Commit, open_store
from mall.store.codes import free_codes

_RANDOM = SystemRandom()


@consumer(FulfilOrder)
def fulfil_order(message: FulfilOrder) -> None:
    """Fulfil one order. Raises LookupError when the pool is short: the message is kept."""
    store = open_store()

    def attempt(_: errors.Stale | None) -> Commit[None]:
        item = store.get("orders", keys.order(message.order_id))
        order = from_item(item) if item else None
        if order is None or order.status != "placed":
            return Commit([], None)
        free = free_codes(store, order.product_id, order.sku, order.quantity, _RANDOM)
        if len(free) < order.quantity:
            raise LookupError(f"too few codes are left for order {order.order_id}")
        sealed = [code["sealed"] for code in free]
        writes, _after = changes.fulfil(order, sealed, store.now())
        return Commit([*writes, *pop(order.product_id, free, order.order_id)], None)

    store.commit(attempt)
