"""POST /v1/orders: redeem points, cash or both for one product.

Entry, stock, limit, address and order commit in one transaction, so a retry can never charge twice:
the order's key is the member and the Idempotency-Key. If the function dies before the commit,
nothing happened, but for a payment that was opened and that nobody can pay; after it, the retry
finds the order. A refusal first looks for the order, because the request may be the retry of the
very one that emptied the purse or took the last unit.

What is sold through the queue is only taken in here, and answered 202; while it waits, so is every
repetition.
"""

from mall import errors, keys
from mall.http import Caller, IdempotencyKey, operation
from mall.orders import placing
from mall.orders.requests import PlaceOrderRequest
from mall.orders.views import OrderView
from mall.store.checkout import OpenCheckout, Redemption


@operation(
    status=201,
    also=(202,),
    refuses=(
        errors.IdempotencyKeyRequired, errors.BadQuote, errors.NotFound, errors.NotOnSale,
        errors.PriceChanged, errors.TierRequired, errors.AddressRequired, errors.LimitReached,
        errors.AccountClosed, errors.InsufficientPoints, errors.SoldOut,
        errors.CashNotAccepted, errors.PaymentUnavailable, errors.IdempotencyKeyReused,
        errors.Busy,
    ),
)  # fmt: skip
def place_order(
    request: PlaceOrderRequest, key: IdempotencyKey, caller: Caller, checkout: OpenCheckout
) -> OrderView:
    """Place an order, or answer as before to the same key."""
    asked = placing.draft(caller.id, key, request)
    store, redemption = checkout.store, Redemption(asked, checkout)
    try:
        return store.commit(redemption.attempt)
    except errors.AlreadyDone as done:
        return redemption.again(done.item)
    except errors.SoldOut:
        raise  # shelf and line look for the order once they saw that too little is left
    except errors.Refusal:
        if kept := store.get("orders", keys.order(asked.order_id)):
            return redemption.again(kept)
        raise
