"""PUT /v1/orders/{order_id}/address: where the goods of an order go.

Goods that were won are placed before anybody could say where to: nothing is shipped until their
member does. It can be said otherwise until they are shipped. The same request again writes the
same, so it needs no key.
"""

from mall import errors, keys
from mall.http import Caller, PathId, operation
from mall.orders.addressing import send_to
from mall.orders.changes import owned
from mall.orders.queueing import is_queued
from mall.orders.requests import SetAddressRequest
from mall.orders.views import OrderDetailView, detail
from mall.secrets import SigningSecretWhenAsked
from mall.store import Commit, OpenStore
from mall.store.ledger import head
from mall.store.orders import read_order


@operation(
    refuses=(
        errors.NotFound, errors.Invalid, errors.WrongStatus, errors.AccountClosed, errors.Busy,
    ),
)  # fmt: skip
def set_order_address(
    order_id: PathId, request: SetAddressRequest, caller: Caller, store: OpenStore,
    secret: SigningSecretWhenAsked,
) -> OrderDetailView:  # fmt: skip
    """Send an order's goods to an address, and show the order."""

    def attempt(_: errors.Stale | None) -> Commit[OrderDetailView]:
        order = read_order(store, order_id)
        if order is None and is_queued(order_id, caller.id, secret()):
            raise errors.WrongStatus(order_status="queued")
        order = owned(order, caller.id)
        book = store.get("users", keys.address(caller.id, request.address_id))
        writes, after = send_to(order, book, head(store, caller.id), store.now())
        return Commit(writes, detail(after))

    return store.commit(attempt)
