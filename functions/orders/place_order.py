"""POST /v1/orders: redeem points for one product.

Entry, stock, limit and order commit in one transaction, so a retry can never charge twice: the
order's key is the member and the Idempotency-Key. If the function dies before the commit, nothing
happened; after it, the retry finds the order. A refusal first looks for the order, because the
request may be the retry of the very one that emptied the purse or took the last unit.
"""

from mall import errors, keys
from mall.catalog import stock
from mall.catalog.product import Price, sku_of
from mall.catalog.selling import sellable
from mall.http import Caller, IdempotencyKey, operation
from mall.orders import placing
from mall.orders.items import from_item
from mall.orders.views import OrderView, PlaceOrderRequest, placed_view
from mall.points.ledger.entry import Entry
from mall.store import Commit, OpenShelf, OpenStore
from mall.store.ledger import head
from mall.store.program import OpenPrograms
from mall.store.shelf import Wanted


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
    shelf: OpenShelf, programs: OpenPrograms,
) -> OrderView:  # fmt: skip
    """Place an order, or answer as before to the same key."""
    asked = placing.draft(caller.id, key, request)
    wanted = Wanted(keys.order(asked.order_id), request.quantity)
    seen = request.price.price if request.price else Price(0)
    newest: Entry | None = None

    def attempt(last: errors.Stale | None) -> Commit[OrderView]:
        nonlocal newest
        now = store.now()
        product, price = shelf.agreed(
            request.product_id,
            lambda found: sellable(found, seen, now),
            fresh=isinstance(last, stock.SnapshotOld),
        )
        sku = sku_of(product, request.sku)
        short = isinstance(last, stock.ShardShort)
        taken = shelf.choose(wanted, product, sku, short=short)
        if last is None or last.rival:  # else a shard was in the way, not another revision
            newest = head(store, caller.id)
        program = programs.of_account(newest)
        sale = placing.Sale(product, sku, price, taken)
        writes, order = placing.place(asked, sale, newest, program, now)
        return Commit(writes, placed_view(order))

    try:
        return store.commit(attempt)
    except errors.AlreadyDone as done:
        return placing.replay(asked, from_item(done.item))
    except errors.SoldOut:
        raise  # the shelf looked for the order before it said so
    except errors.Refusal:
        if placed := store.get("orders", wanted.order):
            return placing.replay(asked, from_item(placed))
        raise
