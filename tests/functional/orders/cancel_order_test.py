"""POST /v1/orders/{order_id}/cancel: points to their lots, units to their shards, once."""

from dataclasses import replace
from typing import Any

import pytest
from mall import keys
from mall.clock import instant
from mall.models import MAX_INTEGER
from mall.orders.queueing import signed_id
from mall.secrets import signing_secret
from mall.store import open_store

from tests.builders import any_id
from tests.events import Answer, member_claims
from tests.functional.acts import (
    adjust,
    any_confirmed_member,
    any_member_with,
    any_product,
    available,
    balance,
    call,
    cancel,
    close_account,
    everything,
    fulfil,
    kinds,
    place,
    purchase,
    shelf_holds,
    statement,
    try_to_place,
)
from tests.functional.orders.afterlife import paid_at, rewritten, stored, unpaid
from tests.functional.precedence import Told, each_first
from tests.functional.times import DAY, GONE_AT, NOON, SECOND, Time
from tests.provider import MemoryProvider


def should_give_back_points_units_and_limit() -> None:
    member, product = any_member_with(120), any_product(shards=1, limit_per_member=2)
    order = place(member, product, quantity=2)
    answer = cancel(member, order["order_id"])
    assert answer.status == 200
    at = instant(NOON)
    assert answer.body == order | {
        "status": "cancelled",
        "history": [
            {"at": at, "status": "placed", "actor": "member"},
            {"at": at, "status": "cancelled", "actor": "member"},
        ],
        "refunds": [
            {
                "refund_id": f"{order['order_id']}.cancel",
                "at": at,
                "points": 100,
                "cash_amount": 0,
                "reason": "cancelled",
                "status": "none",
            }
        ],
    }
    assert kinds(member) == [("earn", 120), ("redeem", -100), ("refund", 100)]
    assert (available(member), shelf_holds(product)) == (120, 3)
    limit = open_store().get("catalog", keys.limit(member, product, "ever")) or {}
    assert limit["units"] == 0


def should_return_points_to_the_very_lots_they_came_from() -> None:
    """Case 24: what was earned in two months expires in two months again."""
    member, product = any_confirmed_member(), any_product(50)
    purchase(member, 30, occurred_at=instant(NOON - 60 * DAY))
    purchase(member, 40)
    before = balance(member)["expiring"]
    assert [lot["points"] for lot in before] == [30, 40]
    order = place(member, product, 50)
    assert [lot["points"] for lot in balance(member)["expiring"]] == [20]
    cancel(member, order["order_id"])
    assert balance(member)["expiring"] == before


def should_give_units_back_to_each_shard_that_gave_some() -> None:
    member, product = any_member_with(10), any_product(1, codes=4, shards=2)
    shards = [keys.stock(product, "default", n) for n in (0, 1)]
    before = [open_store().get("catalog", key) for key in shards]
    order = place(member, product, 1, quantity=3)
    cancel(member, order["order_id"])
    assert [open_store().get("catalog", key) for key in shards] == before


def should_restore_and_expire_what_is_cancelled_after_its_lot_is_gone(time: Time) -> None:
    """Case 19: two entries in one transaction; the units return all the same."""
    member, product = any_member_with(80), any_product(50)
    order = place(member, product, 50)
    time.set(GONE_AT)
    assert cancel(member, order["order_id"]).status == 200
    assert kinds(member) == [
        ("earn", 80),
        ("redeem", -50),
        ("expire", -30),
        ("refund", 50),
        ("expire", -50),
    ]
    assert (available(member), shelf_holds(product)) == (0, 3)


def should_restore_what_is_cancelled_in_the_last_millisecond_of_its_lot(time: Time) -> None:
    member, product = any_member_with(50), any_product(50)
    order = place(member, product, 50)
    time.set(GONE_AT - 1)
    cancel(member, order["order_id"])
    assert available(member) == 50


# --- refusals ------------------------------------------------------------------------------------

PRECEDENCE = [
    (403, "forbidden"),
    (422, "invalid"),
    (400, "idempotency_key_required"),
    (404, "not_found"),
    (409, "not_cancellable"),
    (403, "account_closed"),
]


@each_first(PRECEDENCE)
def should_tell_the_first_refusal_and_write_nothing(told: Told, wrong: list[str]) -> None:
    """Each row is wrong in its own way and in every later one."""
    answer = _try_what_is(wrong)
    assert (answer.status, answer.code) == told
    assert answer.body["status"] == answer.status


def _try_what_is(wrong: list[str]) -> Answer:
    member, product = any_member_with(50), any_product(50)
    order = place(member, product)["order_id"]
    if "not_cancellable" in wrong:
        fulfil(order)
    if "account_closed" in wrong:
        close_account(member)
    asked = "unknown" if "not_found" in wrong else order
    asked = "no id" if "invalid" in wrong else asked
    before = everything()
    answer = call(
        "cancel_order",
        None if "forbidden" in wrong else member_claims(member),
        path={"order_id": asked},
        key=None if "idempotency_key_required" in wrong else any_id(),
    )
    assert everything() == before
    return answer


def should_not_know_another_members_order() -> None:
    order = place(any_member_with(50), any_product(50))["order_id"]
    other = any_confirmed_member()
    before = everything()
    answer = cancel(other, order)
    assert (answer.status, answer.code) == (404, "not_found")
    assert everything() == before


def should_say_what_the_order_is_by_now() -> None:
    """The document's `status` is the HTTP status; the order's is `order_status`."""
    member, product = any_member_with(100), any_product(50)
    fulfilled, cancelled = (place(member, product)["order_id"] for _ in range(2))
    fulfil(fulfilled)
    cancel(member, cancelled)
    queued = signed_id(any_id(), member, signing_secret())
    for order, status in ((fulfilled, "fulfilled"), (cancelled, "cancelled"), (queued, "queued")):
        answer = cancel(member, order)
        assert (answer.status, answer.code) == (409, "not_cancellable")
        assert (answer.body["status"], answer.body["order_status"]) == (409, status)


def should_refuse_a_refund_beyond_what_a_balance_can_be() -> None:
    member, product = any_member_with(50), any_product(50)
    order = place(member, product)["order_id"]
    adjust(member, MAX_INTEGER)
    before = everything()
    answer = cancel(member, order)
    assert (answer.status, answer.code) == (409, "points_limit")
    assert everything() == before


@pytest.mark.parametrize("order_id", ["x" * 65, "a b", "a#b"])
def should_refuse_what_cannot_be_an_id(order_id: str) -> None:
    answer = cancel(any_confirmed_member(), order_id)
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["order_id"])


# --- what is paid, or may be, in cash ------------------------------------------------------------


def should_owe_the_cash_that_was_paid() -> None:
    order = paid_at()
    answer = cancel(order.member, order.order_id)
    [due] = answer.body["refunds"]
    assert (due["points"], due["cash_amount"], due["status"]) == (50, 500, "due")
    assert available(order.member) == 50


def should_cancel_the_payment_before_the_order(provider: MemoryProvider) -> None:
    order = unpaid(provider)
    answer = cancel(order.member, order.order_id)
    assert (answer.status, answer.body["status"]) == (200, "cancelled")
    assert [refund["cash_amount"] for refund in answer.body["refunds"]] == [0]
    [intent] = provider.intents.values()
    assert intent.status == "cancelled"
    assert (available(order.member), shelf_holds(order.product_id)) == (50, 3)


def should_settle_an_order_whose_money_was_faster(provider: MemoryProvider) -> None:
    """Case 50: it is paid, and not cancelled; the member may then cancel it, paid as it is."""
    order = unpaid(provider)
    [intent] = provider.intents.values()
    provider.pay(intent.client_secret)
    answer = cancel(order.member, order.order_id, key="k")
    assert (answer.status, answer.code) == (409, "not_cancellable")
    assert answer.body["order_status"] == "placed"
    assert stored(order.order_id).paid
    again = cancel(order.member, order.order_id, key="k")
    assert (again.status, again.body["refunds"][0]["cash_amount"]) == (200, 500)


def should_cancel_what_was_paid_and_given_back_at_the_provider(provider: MemoryProvider) -> None:
    order = unpaid(provider)
    [intent] = provider.intents.values()
    provider.pay(intent.client_secret)
    provider.refund(intent.intent_id, "by hand", 500)
    answer = cancel(order.member, order.order_id)
    assert (answer.status, answer.body["refunds"][0]["cash_amount"]) == (200, 0)


def should_leave_an_order_payable_while_the_provider_is_down(provider: MemoryProvider) -> None:
    order = unpaid(provider)
    provider.down = True
    before = everything()
    answer = cancel(order.member, order.order_id, key="k")
    assert (answer.status, answer.code) == (503, "payment_unavailable")
    assert answer.headers["retry-after"] == "5"
    assert everything() == before
    provider.down = False
    assert cancel(order.member, order.order_id, key="k").status == 200


def should_not_touch_the_payment_of_what_cannot_be_cancelled(provider: MemoryProvider) -> None:
    order = unpaid(provider)
    close_account(order.member)
    assert cancel(order.member, order.order_id).code == "account_closed"
    assert provider.calls == ["open"]


# --- the same key again --------------------------------------------------------------------------


def should_answer_a_retry_as_before() -> None:
    """Case 36, and nothing is given back twice."""
    member, product = any_member_with(50), any_product(50)
    order = place(member, product)["order_id"]
    first = cancel(member, order, key="k")
    before = everything()
    again = cancel(member, order, key="k")
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert everything() == before


def should_refuse_a_key_that_cancelled_another_order() -> None:
    """Case 37."""
    member, product = any_member_with(100), any_product(50)
    first, second = (place(member, product)["order_id"] for _ in range(2))
    cancel(member, first, key="k")
    before = everything()
    answer = cancel(member, second, key="k")
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert everything() == before


def should_answer_as_before_whatever_became_of_the_order_since() -> None:
    """The money went back meanwhile; the answer is the one that was given."""
    order = paid_at()
    first = cancel(order.member, order.order_id, key="k")
    [due] = stored(order.order_id).refunds
    rewritten(order.order_id, refunds=(replace(due, money="paid"),))
    assert cancel(order.member, order.order_id, key="k").body == first.body


def should_not_burn_the_key_of_a_refused_request() -> None:
    """Case 45."""
    member, product = any_member_with(50), any_product(50)
    order = place(member, product)["order_id"]
    adjust(member, MAX_INTEGER)
    assert cancel(member, order, key="k").code == "points_limit"
    adjust(member, -50)
    assert cancel(member, order, key="k").status == 200


def should_cancel_once_whatever_the_keys() -> None:
    member, product = any_member_with(50), any_product(50)
    order = place(member, product)["order_id"]
    answers = [cancel(member, order, key) for key in ("a", "b", "a", "c")]
    assert [answer.status for answer in answers] == [200, 409, 200, 409]
    assert (len(statement(member)), shelf_holds(product)) == (3, 3)


def should_let_the_points_and_the_unit_be_spent_again(time: Time) -> None:
    member, product = any_member_with(50), any_product(50, codes=1)
    order = place(member, product)["order_id"]
    assert try_to_place(any_member_with(50), product).code == "sold_out"
    cancel(member, order)
    time.forward(SECOND)  # no longer remembered as sold out
    again: dict[str, Any] = place(member, product)
    assert again["order_id"] != order
