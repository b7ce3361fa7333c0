"""Taking in a redemption of a queued product: looked up, checked as far as that is cheap, sent.

Whoever repeats a request that was decided gets its answer. The rest is for the consumer to say, but
for one thing: when all is sold, nobody need stand in line to hear it. How many are left is
remembered for a second, because a crowd asks; the order's key is read after that, because it may be
the one that took the last of them.

The message is written where its order will stand before it is sent. So a repetition while it waits
is answered as before, whatever was sold, repriced or taken off sale meanwhile: it may still be
placed. If the function dies between the two, the repetition sends the very same message.
"""

import time
from collections.abc import Callable
from functools import cache
from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from mall import keys
from mall.catalog.product import Product
from mall.catalog.stock import refuse_newer
from mall.errors import SoldOut
from mall.events import Work
from mall.orders.queueing import RedeemQueued, queued, taken_in
from mall.orders.views import OrderView, placed_view
from mall.receipts import same_request
from mall.store import open_store
from mall.store.client import Commit, Store
from mall.store.shelf import held, refuse_existing, shard_keys
from mall.writes import Item

_LEFT_AGE_S_MAX = 1.0
_SKUS_MAX = 10_000


class Line:
    """The lines of all queued products, as far as this process knows them."""

    def __init__(self, store: Store, queue: Callable[[], Work]) -> None:
        self._store = store
        self._queue = queue
        self._left: dict[tuple[str, str], tuple[int, float]] = {}

    def join(self, asked: RedeemQueued, product: Product) -> OrderView:
        """The order as it is answered while it waits.

        Raises AlreadyDone when the key is taken, by an order or by what waits; SoldOut and Busy.
        """
        left = self._units_left(product, asked.sku)
        refuse_existing(self._store.get("orders", keys.order(asked.order_id)))
        if left < asked.quantity:
            raise SoldOut()
        self._store.commit(lambda _: Commit([taken_in(asked)], None))
        return self._send(asked)

    def again(self, kept: Item, request_hash: bytes) -> OrderView:
        """The answer given before to what was taken in, which is sent once more.

        Raises IdempotencyKeyReused for another request, and Busy.
        """
        same_request(kept, request_hash)
        return self._send(RedeemQueued.model_validate_json(kept["message"])).as_replay()

    def _send(self, asked: RedeemQueued) -> OrderView:
        self._queue().send_in_order(asked, asked.group, asked.order_id)
        return placed_view(queued(asked))

    def _units_left(self, product: Product, sku: str) -> int:
        """Units over all shards a second ago: nobody is turned down by more than that.

        Raises SnapshotOld where a shard knows of a change, such as that there are more of them.
        """
        place = (product.product_id, sku)
        left, good_until = self._left.get(place, (0, 0.0))
        if time.monotonic() < good_until:
            return left
        looked = self._store.get_many(shard_keys(product, sku), consistent=False)
        refuse_newer(product, looked)
        left = sum(held(looked).values())
        if len(self._left) >= _SKUS_MAX:
            self._left.clear()
        self._left[place] = (left, time.monotonic() + _LEFT_AGE_S_MAX)
        return left


@cache
def open_redemptions() -> Work:
    """The queue of redemptions."""
    return Work("redemptions")


@cache
def open_line() -> Line:
    """The lines that this process lets members join; the queue is opened when it is needed."""
    return Line(open_store(), open_redemptions)


OpenLine = Annotated[Line, Depends(open_line)]
