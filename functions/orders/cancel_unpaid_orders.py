"""Every minute: cancel what nobody paid in time, so that points, stock and limit come back.

The provider is asked first: what was paid at the last moment is settled as paid, and while the
provider does not say or a bank still decides, the order can still be paid and is looked at again.
Orders are taken in random order, so that none that fails keeps the others waiting for long.
"""

from collections.abc import Mapping
from random import SystemRandom

from aws_lambda_powertools import Logger
from mall.clock import HOUR_MS, Millis
from mall.errors import PaymentUnavailable
from mall.metrics import measure
from mall.orders.order import Order
from mall.payments import open_provider
from mall.schedule import job
from mall.store import open_store
from mall.store.unpaid import give_up, unpaid_orders

_ORDERS_MAX = 300  # of one run
_SILENCES_MAX = 8  # in a row: then nobody is there
_STUCK_MS = HOUR_MS
_ENDS = ("cancelled", "paid", "mismatch", "processing", "nothing", "silent", "failed")
_RANDOM = SystemRandom()

logger = Logger()


@job
def cancel_unpaid_orders() -> Mapping[str, int]:
    """Give up every order whose time to pay is over. Raises when one failed, having tried all."""
    store, provider = open_store(), open_provider()
    over = [o for o in unpaid_orders(store) if o.payment and o.payment.expires_at <= store.now()]
    counts = dict.fromkeys(_ENDS, 0)
    silences = 0
    for order in _RANDOM.sample(over, min(len(over), _ORDERS_MAX)):
        try:
            end = give_up(store, provider, order)
            counts[end] += 1
            silences = 0
            if end == "processing":
                _page_when_stuck(order, store.now())
        except PaymentUnavailable:
            counts["silent"] += 1
            silences += 1
            _page_when_stuck(order, store.now())
        except Exception:
            logger.exception("not given up", order_id=order.order_id)
            counts["failed"] += 1
        if silences == _SILENCES_MAX:
            break
    if counts["failed"]:
        raise RuntimeError(f"{counts['failed']} orders could not be given up")
    return counts


def _page_when_stuck(order: Order, now: Millis) -> None:
    if order.payment and order.payment.expires_at + _STUCK_MS <= now:
        measure("PaymentStuck")
