"""POST /v1/admin/products/{product_id}/stock: a relative stock movement, logged with its reason.

What comes is spread over the shards; while a sale keeps them busy, each further try takes half as
many. Shards, log line and receipt are one transaction: a crash leaves all or nothing. Codes back
the stock of coupons and virtual goods, so theirs grows by importing codes and never here.
"""

from itertools import count
from random import SystemRandom

from mall import errors
from mall.catalog import stock
from mall.catalog.product import existing, sku_of
from mall.catalog.requests import MoveStockRequest
from mall.catalog.views import StockView
from mall.http import Caller, IdempotencyKey, PathId, operation
from mall.ids import derived_id, request_hash
from mall.store import Commit, OpenStore
from mall.store.once import once
from mall.store.shelf import read_product, read_shards

_RANDOM = SystemRandom()


@operation(
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.StockUnlimited,
        errors.StockFollowsCodes, errors.InsufficientStock, errors.IdempotencyKeyReused,
        errors.Busy,
    ),
)  # fmt: skip
def move_stock(
    request: MoveStockRequest, product_id: PathId, key: IdempotencyKey, caller: Caller,
    store: OpenStore,
) -> StockView:  # fmt: skip
    """Move units into stock or out of it, or answer as before to the same key."""
    movement_id = derived_id("move_stock", caller.id, product_id, key)
    tries = count()

    def decide(_: errors.Stale | None) -> Commit[StockView]:
        product = existing(read_product(store, product_id))
        sku = sku_of(product, request.sku)
        held = read_shards(store, product, sku)
        among = product.shards >> next(tries)
        moved = stock.plan_movement(product, held, request.delta, among, _RANDOM)
        logged = {
            "movement_id": movement_id, "at": store.now(), "sku": sku, "delta": request.delta,
            "reason": request.reason, "actor": caller.id,
        }  # fmt: skip
        view = StockView(stock_left=sum(held.values()) + request.delta)
        return Commit(stock.move(product, moved, logged), view)

    digest = request_hash("move_stock", request)
    return once(store, StockView, movement_id, digest, decide, table="catalog")
