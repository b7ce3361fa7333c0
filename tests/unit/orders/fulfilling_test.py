"""Fulfilling: what is owed, the ways of each type, failing, and trying again."""

from dataclasses import replace
from typing import Any

import pytest
from mall.errors import WrongStatus
from mall.orders.facts import untold
from mall.orders.fulfilling import (
    PoolShort,
    failed,
    for_shipping,
    owed,
    reason_of,
    retried,
    with_codes,
    with_voucher,
)
from mall.orders.messages import FulfilOrder, RefundPayment, errands
from mall.orders.order import Order, Refund, Step
from mall.orders.states import STATUSES, Status

from tests.builders import any_instant, any_order

NOW = any_instant()


def _order(*statuses: Status) -> Order:
    order = any_order()
    steps = tuple(Step(order.placed_at, status, "system") for status in statuses)
    return replace(order, history=(*order.history, *steps))


def _free(count: int) -> list[dict[str, Any]]:
    return [
        {"pk": "POOL#p#s", "sk": f"mac {n}", "sealed": f"code {n}".encode()} for n in range(count)
    ]


def _walked(order: Order) -> list[str]:
    return [step.status for step in order.history]


def should_owe_fulfilment_to_what_was_placed_or_sent_again() -> None:
    assert owed(_order())
    assert owed(_order("placed"))  # a step that stays
    assert owed(_order("fulfilling", "fulfilment_failed", "fulfilling"))
    assert owed(_order("fulfilling", "fulfilment_failed", "fulfilling", "fulfilling"))
    again = _order("fulfilling", "fulfilment_failed", "fulfilling", "fulfilment_failed")
    assert not owed(again)
    assert not [status for status in STATUSES if status != "placed" and owed(_order(status))]


def should_give_one_code_a_unit_and_take_it_from_the_pool() -> None:
    order = _order()
    writes, after = with_codes(order, _free(2), NOW)
    assert _walked(after) == ["placed", "fulfilling", "fulfilled"]
    assert after.codes == (b"code 0", b"code 1")
    assert len(writes) == 5  # the order, and two items a code
    with pytest.raises(PoolShort):
        with_codes(order, _free(1), NOW)


def should_issue_one_voucher_however_many_units() -> None:
    order = replace(_order(), product_type="discount")
    writes, after = with_voucher(order, "mac", b"sealed", NOW)
    assert _walked(after) == ["placed", "fulfilling", "fulfilled"]
    assert len(writes) == 2
    assert after.voucher


def should_let_goods_wait_to_be_shipped_and_leave_alone_what_waits() -> None:
    order = replace(_order(), product_type="physical")
    writes, after = for_shipping(order, NOW)
    assert (_walked(after), len(writes)) == (["placed", "fulfilling"], 1)
    assert for_shipping(after, NOW) == ([], after)


def should_fail_in_two_steps_or_in_one_and_be_tried_again() -> None:
    writes, after = failed(_order(), "too_few_codes", NOW)
    assert _walked(after) == ["placed", "fulfilling", "fulfilment_failed"]
    assert (len(writes), after.history[-1].reason) == (1, "too_few_codes")
    _, again = retried(after, "operator:o", NOW)
    assert (_walked(again)[-1], again.history[-1].actor) == ("fulfilling", "operator:o")
    assert owed(again)
    assert retried(again, "operator:p", NOW) == ([], again)
    _, done = with_codes(again, _free(2), NOW)
    assert _walked(done)[2:] == ["fulfilment_failed", "fulfilling", "fulfilled"]
    _, failed_again = failed(again, "unavailable", NOW)
    assert _walked(failed_again)[2:] == ["fulfilment_failed", "fulfilling", "fulfilment_failed"]


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "fulfilment_failed"])
def should_try_nothing_again_that_did_not_fail(status: Status) -> None:
    with pytest.raises(WrongStatus) as refused:
        retried(_order(status), "operator:o", NOW)
    assert refused.value.facts == {"order_status": status}


def should_name_what_kept_an_order_from_being_fulfilled() -> None:
    assert reason_of(PoolShort()) == "too_few_codes"
    assert reason_of(RuntimeError()) == "unavailable"


# --- errands -------------------------------------------------------------------------------------


def should_ask_for_fulfilment_while_it_is_owed() -> None:
    order = _order()
    assert errands(order) == [("fulfil", FulfilOrder(order_id=order.order_id, version=1))]
    again = _order("fulfilling", "fulfilment_failed", "fulfilling")
    assert errands(again) == [("fulfil", FulfilOrder(order_id=again.order_id, version=4))]
    assert errands(_order("fulfilling")) == []


def should_ask_for_every_refund_whose_money_is_due() -> None:
    parts = (
        Refund("a", 1, 0, 100, "r", money="due"),
        Refund("b", 1, 0, 100, "r", money="paid"),
        Refund("c", 1, 5, 0, "r"),
        Refund("d", 1, 0, 100, "r", money="failed"),
        Refund("e", 1, 0, 100, "r", money="due"),
    )
    order = replace(_order("cancelled"), refunds=parts)
    assert errands(order) == [
        ("refund_payment", RefundPayment(order_id=order.order_id, refund_id=refund_id))
        for refund_id in ("a", "e")
    ]
    assert len(untold(order)) == 2
