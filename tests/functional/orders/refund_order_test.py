"""POST /v1/admin/orders/{order_id}/refund: whole or in parts, exactly, and never twice."""

from dataclasses import replace

import pytest
from mall import keys
from mall.orders.order import Refund, Voucher
from mall.orders.refunding import PARTS_MAX
from mall.orders.states import STATUSES, Status, way_to_refund
from mall.store import open_store
from mall.store.settling import note_refund
from mall.writes import put

from tests.builders import any_id
from tests.events import Answer
from tests.functional.acts import (
    any_confirmed_member,
    any_member_with,
    any_product,
    any_refund,
    available,
    call,
    cancel,
    close_account,
    everything,
    fulfil,
    kinds,
    order_of,
    place,
    purchase,
    record,
    set_program,
    shelf_holds,
)
from tests.functional.orders.afterlife import (
    OPERATOR,
    ask,
    cancel_as_merchant,
    goods_at,
    order_at,
    paid_at,
    refund,
    rewritten,
    stored,
)
from tests.functional.precedence import Told, each_first
from tests.functional.times import DAY, GONE_AT, NOON, Time


def should_give_back_everything_where_nothing_is_named() -> None:
    order = paid_at("fulfilling", "fulfilled")
    answer = refund(order)
    assert answer.status == 200
    assert answer.body["status"] == "refunded"
    [given] = answer.body["refunds"]
    assert (given["points"], given["cash_amount"], given["status"]) == (50, 500, "due")
    assert available(order.member) == 50
    assert [step["status"] for step in answer.body["history"][-3:]] == [
        "return_requested", "returned", "refunded"
    ]  # fmt: skip
    assert {step["actor"] for step in answer.body["history"][-3:]} == {"operator:the-operator"}


def should_sum_exactly_over_points_alone_cash_alone_and_both() -> None:
    """Case 25: and the last one takes the remainder."""
    order = paid_at("fulfilling", "fulfilled")
    for wanted in ({"points": 20}, {"cash_amount": 100}, {"points": 5, "cash_amount": 1}, {}):
        assert refund(order, **wanted).status == 200
    shown = stored(order.order_id).refunds
    assert [(r.points, r.cash_amount, r.money) for r in shown] == [
        (20, 0, "none"), (0, 100, "due"), (5, 1, "due"), (25, 399, "due")
    ]  # fmt: skip
    assert kinds(order.member)[2:] == [("refund", 20), ("refund", 5), ("refund", 25)]


def should_say_what_is_left_where_more_is_asked() -> None:
    """Case 26, one after the other."""
    order = paid_at("fulfilling", "fulfilled")
    refund(order, points=20, cash_amount=100)
    before = everything()
    for wanted in ({"points": 31}, {"cash_amount": 401}, {"points": 30, "cash_amount": 401}):
        answer = refund(order, **wanted)
        assert (answer.status, answer.code) == (409, "refund_exceeds")
        assert (answer.body["points_left"], answer.body["amount_left"]) == (30, 400)
    assert everything() == before


def should_not_refund_twice_what_went_back() -> None:
    """Case 32: what was refunded cannot be cancelled, nor what was cancelled refunded."""
    refunded, cancelled = order_at("fulfilling", "fulfilled"), order_at()
    assert refund(refunded).status == 200
    assert cancel(cancelled.member, cancelled.order_id).status == 200
    before = everything()
    assert cancel(refunded.member, refunded.order_id).body["order_status"] == "refunded"
    assert cancel_as_merchant(refunded).body["order_status"] == "refunded"
    assert refund(refunded).code == "refund_exceeds"
    answer = refund(cancelled)
    assert (answer.status, answer.code) == (409, "not_refundable")
    assert answer.body["order_status"] == "cancelled"
    assert everything() == before


@pytest.mark.parametrize("status", [s for s in STATUSES if not way_to_refund(s)])
def should_refuse_what_was_never_delivered_nor_failed(status: Status) -> None:
    order = order_at(status)
    before = everything()
    answer = refund(order)
    assert (answer.status, answer.body["order_status"]) == (409, status)
    assert answer.code == "not_refundable"
    assert everything() == before


@pytest.mark.parametrize("program", ["only_pending", "within_balance", "unlimited"])
def should_leave_nothing_of_a_purchase_that_paid_an_order_and_went_back(program: str) -> None:
    """Case 79, through the order: earn 50, redeem, refund the purchase, take the order back."""
    set_program(claw_back_policy=program)
    member, product = any_confirmed_member(), any_product(50)
    bought = purchase(member, 50)
    first = place(member, product)["order_id"]
    assert record(any_refund(bought)).status in (200, 202)
    fulfil(first)
    assert refund(first).status == 200
    assert available(member) == 0


def should_restore_and_expire_what_is_refunded_after_its_lot_is_gone(time: Time) -> None:
    order = order_at("fulfilling", "fulfilled")
    time.set(GONE_AT)
    refund(order)
    assert kinds(order.member)[2:] == [("refund", 50), ("expire", -50)]


def should_reissue_what_is_gone_where_the_merchant_is_at_fault(time: Time) -> None:
    """Case 20, of an order that was delivered."""
    order = order_at("fulfilling", "fulfilled")
    time.set(GONE_AT)
    answer = refund(order, merchant_fault=True)
    assert answer.body["refunds"][0]["merchant_fault"]
    assert available(order.member) == 50
    time.set(GONE_AT + 100 * DAY)
    assert available(order.member) == 0


def should_return_points_to_a_closed_account_where_nobody_spends_them() -> None:
    order = order_at("fulfilling", "fulfilled")
    close_account(order.member)
    assert refund(order).status == 200
    assert available(order.member) == 50


def should_give_back_units_and_limit_of_what_could_not_be_delivered() -> None:
    member, product = any_member_with(100), any_product(50, shards=1, limit_per_member=1)
    order = place(member, product)["order_id"]
    rewritten(order, "fulfilling", "fulfilment_failed")
    before = everything()
    answer = refund(order, points=1)
    assert (answer.status, answer.code) == (409, "not_in_parts")
    assert (answer.body["points_left"], answer.body["amount_left"]) == (50, 0)
    assert everything() == before
    assert refund(order).body["restocked"] == 1
    assert shelf_holds(product) == 3
    assert available(member) == 100
    assert (open_store().get("catalog", keys.limit(member, product, "ever")) or {})["units"] == 0


def should_leave_only_the_rest_to_an_order_of_many_parts() -> None:
    parts = tuple(Refund(f"r{n}", NOON, 0, 1, "x") for n in range(PARTS_MAX))
    order = paid_at("fulfilling", "fulfilled", refunds=parts)
    before = everything()
    answer = refund(order, points=1)
    assert (answer.status, answer.code, answer.body["limit"]) == (
        409, "too_many_refunds", PARTS_MAX
    )  # fmt: skip
    assert everything() == before
    assert refund(order).status == 200


def should_leave_delivered_goods_off_the_shelf() -> None:
    order = goods_at("fulfilling", "shipped")
    refund(order)
    assert (stored(order.order_id).restocked, shelf_holds(order.product_id)) == (0, 2)


def should_show_the_member_the_refund_but_not_who_gave_it() -> None:
    order = order_at("fulfilling", "fulfilled")
    refund(order)
    shown = order_of(order.member, order.order_id)
    assert [step["actor"] for step in shown["history"][-1:]] == ["operator"]
    assert "merchant_fault" not in shown["refunds"][0]
    assert "the-operator" not in str(shown)


def _with_voucher(state: str) -> str:
    order = order_at("fulfilling", "fulfilled", voucher=Voucher("mac", b"sealed"))
    item = {**keys.voucher("mac"), "order_id": order.order_id, "state": state}
    open_store().transact([put("orders", item)])
    return order.order_id


def should_void_a_voucher_with_the_last_of_its_order() -> None:
    order = _with_voucher("issued")
    for wanted, state in (({"points": 10}, "issued"), ({}, "void")):
        assert refund(order, **wanted).status == 200
        assert (open_store().get("orders", keys.voucher("mac")) or {})["state"] == state


def should_not_refund_the_whole_of_a_voucher_that_was_used() -> None:
    order = _with_voucher("burned")
    before = everything()
    answer = refund(order)
    assert (answer.status, answer.code) == (409, "voucher_used")
    assert everything() == before
    assert refund(order, points=49).status == 200


def should_give_back_the_cash_of_a_cancelled_order_that_the_provider_refused_before() -> None:
    order = paid_at()
    assert cancel(order.member, order.order_id).status == 200
    assert refund(order).code == "not_refundable"
    refund_id = f"{order.order_id}.cancel"
    note_refund(open_store(), order.order_id, refund_id, given=False)
    answer = refund(order, points=1)
    assert (answer.code, answer.body["amount_left"]) == ("refund_exceeds", 500)
    points = available(order.member)
    answer = refund(order)
    assert (answer.status, answer.body["status"]) == (200, "cancelled")
    told = [(r["points"], r["cash_amount"], r["status"]) for r in answer.body["refunds"]]
    assert told == [(50, 500, "failed"), (0, 500, "due")]
    assert (available(order.member), refund(order).code) == (points, "not_refundable")


# --- refusals ------------------------------------------------------------------------------------

PRECEDENCE = [
    (403, "forbidden"),
    (422, "invalid"),
    (400, "idempotency_key_required"),
    (404, "not_found"),
    (409, "not_refundable"),
]


@each_first(PRECEDENCE)
def should_tell_the_first_refusal_and_write_nothing(told: Told, wrong: list[str]) -> None:
    """Each row is wrong in its own way and in every later one."""
    order = order_at().order_id
    before = everything()
    answer = call(
        "refund_order",
        None if "forbidden" in wrong else OPERATOR,
        path={"order_id": "unknown" if "not_found" in wrong else order},
        body={"points": 0} if "invalid" in wrong else {"reason": "x"},
        key=None if "idempotency_key_required" in wrong else any_id(),
    )
    assert (answer.status, answer.code) == told
    assert everything() == before


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"points": 0}, "points"),
        ({"points": "1"}, "points"),
        ({"cash_amount": 1.5}, "cash_amount"),
        ({"cash_amount": 2**53}, "cash_amount"),
        ({"reason": ""}, "reason"),
        ({"merchant_fault": "perhaps"}, "merchant_fault"),
    ],
)
def should_name_the_field_that_is_wrong(wrong: dict[str, object], field: str) -> None:
    """Cases 3 and 4."""
    answer = refund("any", **wrong)
    assert (answer.status, answer.fields) == (422, [field])


# --- the same key again --------------------------------------------------------------------------


def should_answer_a_retry_as_before_even_after_more_was_refunded() -> None:
    order = paid_at("fulfilling", "fulfilled")
    first = refund(order, key="k", points=10, cash_amount=10)
    refund(order, points=10)
    [due, more] = stored(order.order_id).refunds
    rewritten(order.order_id, refunds=(replace(due, money="paid"), more))
    before = everything()
    again = refund(order, key="k", points=10, cash_amount=10)
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert everything() == before


def should_refuse_the_key_of_another_refund() -> None:
    """Case 37: other points, and another order."""
    order, other = order_at("fulfilling", "fulfilled"), order_at("fulfilling", "fulfilled")
    assert refund(order, key="k", points=10).status == 200
    before = everything()
    for again in (refund(order, key="k", points=11), refund(other, key="k", points=10)):
        assert (again.status, again.code) == (422, "idempotency_key_reused")
    assert everything() == before


def should_refuse_members_and_let_admins_in() -> None:
    order = order_at("fulfilling", "fulfilled")
    groups = ("[operators]", "[admin]")
    answers: list[Answer] = [
        ask("refund_order", order, {"reason": "x"}, claims=OPERATOR | {"cognito:groups": group})
        for group in groups
    ]
    assert [answer.status for answer in answers] == [403, 200]
