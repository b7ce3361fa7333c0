"""Fulfilling an order: what it takes depends on what was ordered, and it happens once.

Codes leave the pool for the order, a voucher is issued, goods wait to be shipped: each in the
transaction that moves the order on, conditional on the version that was read. So a message that
comes twice, a redriven one, and one that meets a cancellation find the order moved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from mall.catalog.codes import pop
from mall.clock import Millis
from mall.errors import TooManyRetries, WrongStatus
from mall.orders import vouchers
from mall.orders.items import Moved, changed
from mall.orders.order import SYSTEM, Order

RETRIED = "retried"
RETRIES_MAX = 20  # of one order: each adds to its history, and its item has to stay small


class PoolShort(LookupError):
    """Fewer codes are free than the order needs. Cannot be while stock follows codes."""


def owed(order: Order) -> bool:
    """Whether fulfilment is to be tried now: a placed order, or one that an operator sent again.

    Goods that are being prepared are not: whoever ships them moves the order on.
    """
    before = [step.status for step in order.history if step.status != order.status]
    sent_again = order.status == "fulfilling" and before[-1:] == ["fulfilment_failed"]
    return order.status == "placed" or sent_again


def with_codes(order: Order, free: Sequence[Mapping[str, Any]], now: Millis) -> Moved:
    """Give an order these free codes, one a unit. Raises PoolShort."""
    if len(free) < order.quantity:
        raise PoolShort(f"too few codes are left for order {order.order_id}")
    sealed = tuple(code["sealed"] for code in free)
    after = replace(_begun(order, now).stepped("fulfilled", now, SYSTEM), codes=sealed)
    return [changed(order, after), *pop(order.product_id, free, order.order_id)], after


def with_voucher(order: Order, mac: str, sealed: bytes, now: Millis) -> Moved:
    """Issue the voucher of an order: `mac` is what its code is known by, `sealed` the code."""
    begun = _begun(order, now)
    issued, write = vouchers.issue(order, mac, sealed, begun.history[-1].at)
    after = replace(begun.stepped("fulfilled", now, SYSTEM), voucher=issued)
    return [changed(order, after), write], after


def for_shipping(order: Order, now: Millis) -> Moved:
    """Let an order wait until it is shipped; one that waits already is left as it is."""
    after = _begun(order, now)
    return ([changed(order, after)] if after is not order else []), after


def failed(order: Order, reason: str, now: Millis) -> Moved:
    """Give up on an order for now, for a reason that operators see as a code."""
    after = _begun(order, now).stepped("fulfilment_failed", now, SYSTEM, reason)
    return [changed(order, after)], after


def given_up(order: Order, actor: str, reason: str, now: Millis) -> Moved:
    """Give up on goods that cannot be shipped. The same again changes nothing.

    Raises WrongStatus(order_status): codes and vouchers give up by themselves.
    """
    last = order.history[-1]
    if (last.status, last.actor, last.reason) == ("fulfilment_failed", actor, reason):
        return [], order
    if not order.to_be_shipped:
        raise WrongStatus(order_status=order.status)
    after = order.stepped("fulfilment_failed", now, actor, reason)
    return [changed(order, after)], after


def retried(order: Order, actor: str, now: Millis) -> Moved:
    """Send an order to fulfilment again; one that is under way again is left as it is.

    Raises WrongStatus(order_status) if it did not fail, and TooManyRetries(limit).
    """
    if order.status == "fulfilling" and owed(order):
        return [], order
    if order.status != "fulfilment_failed":
        raise WrongStatus(order_status=order.status)
    walked = [step.status for step in order.history]
    if list(pairwise(walked)).count(("fulfilment_failed", "fulfilling")) >= RETRIES_MAX:
        raise TooManyRetries(limit=RETRIES_MAX)
    after = order.stepped("fulfilling", now, actor, RETRIED)
    return [changed(order, after)], after


def reason_of(error: Exception) -> str:
    """The code of what kept an order from being fulfilled; the log has the rest."""
    return "too_few_codes" if isinstance(error, PoolShort) else "unavailable"


def _begun(order: Order, now: Millis) -> Order:
    return order if order.status == "fulfilling" else order.stepped("fulfilling", now, SYSTEM)
