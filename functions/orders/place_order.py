"""POST /v1/orders: redeem points for one product.

Entry, stock, limit and order commit in one transaction, so a retry can never charge twice: the
order's key is the member and the Idempotency-Key. If the function dies before the commit, nothing
happened; after it, the retry finds the order. A refusal first looks for the order, because the
request may be the retry of the very one that emptied the purse or took the last unit.
"""

from random import SystemRandom

from mall import errors, keys
from mall.catalog import stock
from mall.catalog.product import Product, sellable, sku_of
from mall.http import Caller, IdempotencyKey, operation
from mall.orders import placing
from mall.orders.order import from_item
from mall.orders.views import OrderView, PlaceOrderRequest
from mall.points.entry import Entry
from mall.points.program import PROGRAM
from mall.store import Commit, OpenShelf, OpenStore, Shelf, Store
from mall.store.ledger import head
from mall.store.shelf import held, shard_keys

_RANDOM = SystemRandom()


@operation(
    status=201,
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.NotOnSale, errors.PriceChanged,
        errors.LimitReached, errors.AccountClosed, errors.InsufficientPoints, errors.SoldOut,
        errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def place_order(
    request: PlaceOrderRequest, key: IdempotencyKey, caller: Caller, store: OpenStore,
    shelf: OpenShelf,
) -> OrderView:  # fmt: skip
    """Place an order, or answer as before to the same key."""
    asked = placing.draft(caller.id, key, request)
    newest: Entry | None = None

    def attempt(last: errors.Stale | None) -> Commit[OrderView]:
        nonlocal newest
        now = store.now()
        product = shelf.agreed(
            request.product_id,
            lambda found: sellable(found, request.price.points, now),
            fresh=isinstance(last, stock.SnapshotOld),
        )
        short = isinstance(last, stock.ShardShort) or shelf.sold_out_lately(product, request.sku)
        taken = (
            _look_at_all(store, shelf, asked, product)
            if short
            else stock.any_shard(product, request.quantity, _RANDOM)
        )
        if last is None or last.rival:  # else a shard was in the way, not another revision
            newest = head(store, caller.id)
        return Commit(*placing.place(asked, product, taken, newest, PROGRAM, now))

    try:
        return store.commit(attempt)
    except errors.AlreadyDone as done:
        return placing.replay(asked, from_item(done.item))
    except errors.SoldOut:
        raise  # the order's key was read beside the shards
    except errors.Refusal:
        if placed := store.get("orders", keys.order(asked.order_id)):
            return placing.replay(asked, from_item(placed))
        raise


def _look_at_all(store: Store, shelf: Shelf, asked: placing.Draft, product: Product) -> stock.Plan:
    """Which shards can serve the request, having looked for its order in the same round trip."""
    sku = sku_of(product, asked.request.sku)
    wanted = [("orders", keys.order(asked.order_id)), *shard_keys(product, sku)]
    placed, *shards = store.get_many(wanted)
    if placed:
        raise errors.AlreadyDone(placed)
    try:
        return stock.plan(held(shards), asked.request.quantity, _RANDOM)
    except errors.SoldOut:
        shelf.note_sold_out(product, asked.request.sku)
        raise
