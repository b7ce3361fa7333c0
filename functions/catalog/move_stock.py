"""POST /v1/admin/products/{product_id}/stock: a relative stock movement, logged with its reason.

Codes back the stock of coupons and virtual goods, so it grows by importing codes and never here.
What is taken away leaves the shards in one transaction with the log line, which is the receipt: a
crash leaves both or neither.
"""

from random import SystemRandom

from mall import errors, keys
from mall.catalog import stock
from mall.catalog.product import existing, sku_of
from mall.catalog.requests import MoveStockRequest
from mall.catalog.views import StockView
from mall.http import Caller, IdempotencyKey, PathId, operation
from mall.ids import derived_id, request_hash
from mall.receipts import replayed
from mall.store import Commit, OpenStore
from mall.store.shelf import read_product, read_shards

_RANDOM = SystemRandom()


@operation(
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.StockFollowsCodes,
        errors.InsufficientStock, errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def move_stock(
    request: MoveStockRequest, product_id: PathId, key: IdempotencyKey, caller: Caller,
    store: OpenStore,
) -> StockView:  # fmt: skip
    """Take units out of stock, or answer as before to the same key."""
    movement_id = derived_id("move_stock", caller.id, product_id, key)
    digest = request_hash("move_stock", request)
    product = existing(read_product(store, product_id))
    sku = sku_of(product, request.sku)
    if kept := store.get("catalog", keys.movement(product_id, movement_id)):
        return replayed(StockView, kept, digest)
    if request.delta > 0:
        raise errors.StockFollowsCodes()

    def attempt(_: errors.Stale | None) -> Commit[StockView]:
        current = existing(read_product(store, product_id))
        shards = read_shards(store, current, sku)
        left = sum(shards.values()) + request.delta
        if left < 0:
            raise errors.InsufficientStock(stock_left=sum(shards.values()))
        taken = stock.plan(shards, -request.delta, _RANDOM)
        view = StockView(stock_left=left)
        receipt = {
            "movement_id": movement_id, "request_hash": digest, "at": store.now(),
            "answer": view.model_dump_json(),
        }  # fmt: skip
        writes = stock.move_down(current, sku, taken, receipt, request.reason, caller.id)
        return Commit(writes, view)

    try:
        return store.commit(attempt)
    except errors.AlreadyDone as done:
        return replayed(StockView, done.item, digest)
