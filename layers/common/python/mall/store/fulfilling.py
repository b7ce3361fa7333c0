"""Orders fulfilled: each in the transaction that moves it on, or found moved and left alone."""

from collections.abc import Callable
from random import Random

from mall.catalog.product import BY_CODES, BY_VOUCHER
from mall.errors import Stale
from mall.orders import fulfilling
from mall.orders.items import Moved
from mall.orders.messages import FulfilOrder
from mall.orders.order import Order
from mall.store.client import Commit, Store
from mall.store.codes import free_codes
from mall.store.orders import read_order

NewVoucher = Callable[[str], tuple[str, bytes]]  # of a product: the code's MAC, the code sealed


def fulfil(store: Store, message: FulfilOrder, random: Random, new_voucher: NewVoucher) -> None:
    """Fulfil the order of a message. Raises PoolShort, Busy, and what `new_voucher` raises."""

    def attempt(_: Stale | None) -> Commit[None]:
        order = _owed(store, message)
        writes = _fulfilled(store, order, random, new_voucher)[0] if order else []
        return Commit(writes, None)

    store.commit(attempt)


def give_up(store: Store, message: FulfilOrder, error: Exception) -> bool:
    """Note why an order could not be fulfilled; whether it was for this message to say.

    A newer version has a message of its own.
    """

    def attempt(_: Stale | None) -> Commit[bool]:
        order = _owed(store, message)
        if order is None or order.version > message.version:
            return Commit([], False)
        writes, _after = fulfilling.failed(order, fulfilling.reason_of(error), store.now())
        return Commit(writes, True)

    return store.commit(attempt)


def _owed(store: Store, message: FulfilOrder) -> Order | None:
    order = read_order(store, message.order_id)
    return order if order and fulfilling.owed(order) else None


def _fulfilled(store: Store, order: Order, random: Random, new_voucher: NewVoucher) -> Moved:
    if order.product_type in BY_CODES:
        free = free_codes(store, order.product_id, order.sku, order.quantity, random)
        return fulfilling.with_codes(order, free, store.now())
    if order.product_type in BY_VOUCHER:
        return fulfilling.with_voucher(order, *new_voucher(order.product_id), store.now())
    return fulfilling.for_shipping(order, store.now())
