"""Queue `fulfil`: give an order what was ordered, once: codes, a voucher, or a place in the queue
of what is to be shipped.

Each in the transaction that moves the order on: a message delivered twice, a redriven one, or one
that races a cancellation finds the order moved and changes nothing. What fails comes again after
growing pauses; the last time the order says so, with a reason, and waits for an operator.
"""

from random import SystemRandom

from mall import errors
from mall.catalog.product import BY_CODES, BY_VOUCHER
from mall.metrics import measure
from mall.orders import fulfilling, vouchers
from mall.orders.items import Moved
from mall.orders.messages import FulfilOrder
from mall.orders.order import Order
from mall.queue import consumer
from mall.secrets import code_macs_secret, code_vault
from mall.store import Commit, Store, open_store
from mall.store.codes import free_codes
from mall.store.orders import read_order

_RANDOM = SystemRandom()


def give_up(message: FulfilOrder, error: Exception) -> None:
    """Note that an order could not be fulfilled; a newer version has a message of its own."""
    store = open_store()

    def attempt(_: errors.Stale | None) -> Commit[bool]:
        order = _owed(store, message)
        if order is None or order.version > message.version:
            return Commit([], False)
        writes, _after = fulfilling.failed(order, fulfilling.reason_of(error), store.now())
        return Commit(writes, True)

    if store.commit(attempt):
        measure("FulfilmentFailed")


@consumer(FulfilOrder, gives_up=give_up)
def fulfil_order(message: FulfilOrder) -> None:
    """Fulfil one order. Raises PoolShort, Busy, and what KMS says when it is silent."""
    store = open_store()

    def attempt(_: errors.Stale | None) -> Commit[None]:
        order = _owed(store, message)
        return Commit(_fulfilled(store, order)[0] if order else [], None)

    store.commit(attempt)


def _owed(store: Store, message: FulfilOrder) -> Order | None:
    order = read_order(store, message.order_id)
    return order if order and fulfilling.owed(order) else None


def _fulfilled(store: Store, order: Order) -> Moved:
    if order.product_type in BY_CODES:
        free = free_codes(store, order.product_id, order.sku, order.quantity, _RANDOM)
        return fulfilling.with_codes(order, free, store.now())
    if order.product_type in BY_VOUCHER:
        code = vouchers.new_code(_RANDOM)
        sealed = code_vault().seal(order.product_id, code)
        mac = vouchers.mac_of(code_macs_secret(), code)
        return fulfilling.with_voucher(order, mac, sealed, store.now())
    return fulfilling.for_shipping(order, store.now())
