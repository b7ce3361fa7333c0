"""POST /v1/admin/orders/{order_id}/cancel: the merchant takes an order back, whole, always."""

import pytest
from mall.models import MAX_INTEGER

from tests.builders import any_id
from tests.functional.acts import (
    any_member_with,
    any_product,
    available,
    call,
    close_account,
    everything,
    give,
    kinds,
    order_of,
    place,
    shelf_holds,
)
from tests.functional.orders.afterlife import (
    OPERATOR,
    cancel_as_merchant,
    order_at,
    paid_at,
    stored,
    unpaid,
)
from tests.functional.precedence import Told, each_first
from tests.functional.times import DAY, GONE_AT, Time
from tests.provider import MemoryProvider


def should_give_everything_back_and_say_why() -> None:
    order = paid_at()
    answer = cancel_as_merchant(order)
    assert (answer.status, answer.body["status"]) == (200, "cancelled")
    [refund] = answer.body["refunds"]
    assert (refund["points"], refund["cash_amount"], refund["status"]) == (50, 500, "due")
    assert (refund["reason"], refund["merchant_fault"]) == ("out of stock", False)
    assert answer.body["history"][-1]["actor"] == "operator:the-operator"
    assert (available(order.member), shelf_holds(order.product_id)) == (50, 3)
    last = order_of(order.member, order.order_id)["history"][-1]
    assert (last["actor"], last["reason"]) == ("operator", "out of stock")


@pytest.mark.parametrize(
    ("fault", "left"), [(True, 50), (False, 0)], ids=["merchant's fault", "nobody's"]
)
def should_reissue_what_is_gone_by_the_merchants_fault_alone(
    fault: bool, left: int, time: Time
) -> None:
    """Case 20: the points live for the grace days; case 19 where it is nobody's fault."""
    member, product = any_member_with(50), any_product(50)
    order = place(member, product)["order_id"]
    time.set(GONE_AT)
    cancel_as_merchant(order, merchant_fault=fault)
    assert available(member) == left
    assert [kind for kind, _ in kinds(member)][2:] == (
        ["refund"] if fault else ["refund", "expire"]
    )
    time.set(GONE_AT + 100 * DAY)
    assert available(member) == 0


def should_give_back_to_a_closed_account() -> None:
    order = paid_at()
    close_account(order.member)
    assert cancel_as_merchant(order).status == 200
    assert (available(order.member), shelf_holds(order.product_id)) == (50, 3)
    assert kinds(order.member)[-2:] == [("close", 0), ("refund", 50)]
    assert stored(order.order_id).refunds[0].money == "due"


def should_give_back_beyond_what_a_balance_may_earn() -> None:
    order = order_at()
    give(order.member, MAX_INTEGER)
    assert cancel_as_merchant(order).status == 200
    assert available(order.member) == MAX_INTEGER + 50


def should_cancel_the_payment_before_the_order(provider: MemoryProvider) -> None:
    order = unpaid(provider)
    assert cancel_as_merchant(order).body["refunds"][0]["cash_amount"] == 0
    assert [intent.status for intent in provider.intents.values()] == ["cancelled"]


def should_not_cancel_an_order_whose_money_was_faster(provider: MemoryProvider) -> None:
    """Case 50."""
    order = unpaid(provider)
    [intent] = provider.intents.values()
    provider.pay(intent.client_secret)
    answer = cancel_as_merchant(order)
    assert (answer.status, answer.code) == (409, "not_cancellable")
    assert (answer.body["order_status"], stored(order.order_id).paid) == ("placed", True)


def should_leave_an_order_payable_while_the_provider_is_down(provider: MemoryProvider) -> None:
    order = unpaid(provider)
    provider.down = True
    before = everything()
    answer = cancel_as_merchant(order)
    assert (answer.status, answer.code) == (503, "payment_unavailable")
    assert everything() == before


PRECEDENCE = [
    (403, "forbidden"),
    (422, "invalid"),
    (400, "idempotency_key_required"),
    (404, "not_found"),
    (409, "not_cancellable"),
]


@each_first(PRECEDENCE)
def should_tell_the_first_refusal_and_write_nothing(told: Told, wrong: list[str]) -> None:
    """Each row is wrong in its own way and in every later one."""
    order = order_at("fulfilling").order_id
    before = everything()
    answer = call(
        "cancel_for_merchant",
        None if "forbidden" in wrong else OPERATOR,
        path={"order_id": "unknown" if "not_found" in wrong else order},
        body={} if "invalid" in wrong else {"reason": "x"},
        key=None if "idempotency_key_required" in wrong else any_id(),
    )
    assert (answer.status, answer.code) == told
    assert everything() == before


def should_answer_a_retry_as_before_and_refuse_another_reason() -> None:
    """Cases 36 and 37."""
    order = order_at()
    first = cancel_as_merchant(order, key="k")
    before = everything()
    again = cancel_as_merchant(order, key="k")
    assert (again.status, again.body) == (200, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert cancel_as_merchant(order, key="k", reason="another").code == "idempotency_key_reused"
    assert everything() == before
