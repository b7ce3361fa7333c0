"""Queue `fulfil`: give an order what was ordered, once: codes, a voucher, or a place in the queue
of what is to be shipped.

Each in the transaction that moves the order on: a message delivered twice, a redriven one, or one
that races a cancellation finds the order moved and changes nothing. What fails comes again after
growing pauses; the last time the order says so, with a reason, and waits for an operator.
"""

from random import SystemRandom

from mall.metrics import measure
from mall.orders import vouchers
from mall.orders.messages import FulfilOrder
from mall.queue import consumer
from mall.secrets import code_macs_secret, code_vault
from mall.store import fulfilling, open_store

_RANDOM = SystemRandom()


def give_up(message: FulfilOrder, error: Exception) -> None:
    """Note that an order could not be fulfilled."""
    if fulfilling.give_up(open_store(), message, error):
        measure("FulfilmentFailed")


@consumer(FulfilOrder, gives_up=give_up)
def fulfil_order(message: FulfilOrder) -> None:
    """Fulfil one order. Raises PoolShort, Busy, and what KMS says when it is silent."""
    fulfilling.fulfil(open_store(), message, _RANDOM, _new_voucher)


def _new_voucher(product_id: str) -> tuple[str, bytes]:
    """The MAC of a new code, and the code sealed."""
    code = vouchers.new_code(_RANDOM)
    sealed = code_vault().seal(product_id, code)
    return vouchers.mac_of(code_macs_secret(), code), sealed
