"""Goods on their way: shipped once, under one number, and then completed."""

import pytest
from mall.orders.states import STATUSES, Status

from tests.functional.acts import available, call, everything, fulfil, order_of, shelf_holds
from tests.functional.orders.afterlife import OPERATOR, ask, goods_at, order_at, refund, stored

PARCEL = {"carrier": "Royal Mail", "tracking_number": "AB 123"}


def should_ship_goods_and_show_the_member_where_they_are() -> None:
    order = goods_at("fulfilling")
    answer = ask("ship_order", order, PARCEL)
    assert (answer.status, answer.body["status"], answer.body["shipment"]) == (
        200, "shipped", PARCEL
    )  # fmt: skip
    assert order_of(order.member, order.order_id)["delivery"] == {"shipment": PARCEL}


def should_change_nothing_when_asked_the_same_again() -> None:
    order = goods_at("fulfilling")
    ask("ship_order", order, PARCEL)
    before = everything()
    again = ask("ship_order", order, PARCEL)
    assert (again.status, again.body["status"]) == (200, "shipped")
    other = ask("ship_order", order, PARCEL | {"tracking_number": "another"})
    assert (other.status, other.code, other.body["order_status"]) == (
        409, "wrong_status", "shipped"
    )  # fmt: skip
    assert everything() == before


@pytest.mark.parametrize("status", [s for s in STATUSES if s != "fulfilling"])
def should_ship_nothing_in_another_state(status: Status) -> None:
    order = goods_at(status)
    answer = ask("ship_order", order, PARCEL)
    assert (answer.status, answer.code, answer.body["order_status"]) == (
        409, "wrong_status", status
    )  # fmt: skip


def should_ship_nothing_but_goods() -> None:
    answer = ask("ship_order", order_at("fulfilling"), PARCEL)
    assert (answer.status, answer.code) == (409, "wrong_status")


# --- goods that cannot be shipped ----------------------------------------------------------------

LOST = {"reason": "lost in the warehouse"}


@pytest.mark.parametrize("groups", ["[operator]", "[admin]"])
def should_give_up_goods_and_refund_them_whole(groups: str) -> None:
    order = goods_at("fulfilling")
    answer = ask("fail_fulfilment", order, LOST, claims=OPERATOR | {"cognito:groups": groups})
    assert (answer.status, answer.body["status"]) == (200, "fulfilment_failed")
    last = stored(order.order_id).history[-1]
    assert (last.actor, last.reason) == ("operator:the-operator", LOST["reason"])
    assert refund(order, merchant_fault=True).body["status"] == "refunded"
    assert (available(order.member), shelf_holds(order.product_id)) == (50, 3)


def should_change_nothing_when_goods_are_given_up_again() -> None:
    order = goods_at("fulfilling")
    first = ask("fail_fulfilment", order, LOST)
    before = everything()
    again = ask("fail_fulfilment", order, LOST)
    assert (again.status, again.body) == (200, first.body)
    assert ask("fail_fulfilment", order, {"reason": "broken"}).code == "wrong_status"
    assert everything() == before


def should_let_goods_that_were_given_up_be_prepared_shipped_or_given_up_again() -> None:
    for operation, body, status in (
        ("ship_order", PARCEL, "shipped"), ("fail_fulfilment", LOST, "fulfilment_failed"),
    ):  # fmt: skip
        order = goods_at("fulfilling")
        ask("fail_fulfilment", order, LOST)
        assert ask("retry_fulfilment", order).body["status"] == "fulfilling"
        assert fulfil(order.order_id, version=4) == []
        assert ask(operation, order, body).body["status"] == status


@pytest.mark.parametrize("status", [s for s in STATUSES if s != "fulfilling"])
def should_give_up_nothing_in_another_state(status: Status) -> None:
    answer = ask("fail_fulfilment", goods_at(status), LOST)
    assert (answer.status, answer.code, answer.body["order_status"]) == (
        409, "wrong_status", status
    )  # fmt: skip


def should_give_up_nothing_but_goods() -> None:
    answer = ask("fail_fulfilment", order_at("fulfilling"), LOST)
    assert (answer.status, answer.code) == (409, "wrong_status")


def should_name_what_is_wrong_with_giving_up() -> None:
    answer = ask("fail_fulfilment", goods_at("fulfilling"), {"reason": ""})
    assert (answer.status, answer.fields) == (422, ["reason"])


def should_complete_what_was_shipped_once() -> None:
    order = goods_at("fulfilling", "shipped")
    answer = ask("complete_order", order)
    assert (answer.status, answer.body["status"]) == (200, "completed")
    before = everything()
    assert ask("complete_order", order).body == answer.body
    assert everything() == before
    assert stored(order.order_id).history[-1].actor == "operator:the-operator"


def should_complete_nothing_that_was_not_shipped() -> None:
    answer = ask("complete_order", goods_at("fulfilling"))
    assert (answer.status, answer.code, answer.body["order_status"]) == (
        409, "wrong_status", "fulfilling"
    )  # fmt: skip


@pytest.mark.parametrize("operation", ["ship_order", "complete_order", "fail_fulfilment"])
def should_let_nobody_else_do_that_and_know_no_other_order(operation: str) -> None:
    body = {"ship_order": PARCEL, "fail_fulfilment": LOST}.get(operation)
    for path, claims_none, told in (
        ("x", True, (403, "forbidden")),
        ("unknown", False, (404, "not_found")),
        ("no id", False, (422, "invalid")),
    ):
        if claims_none:
            answer = call(operation, None, path={"order_id": path}, body=body)
        else:
            answer = ask(operation, path, body)
        assert (answer.status, answer.code) == told


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"carrier": ""}, "carrier"),
        ({"carrier": "x" * 121}, "carrier"),
        ({"tracking_number": "a\tb"}, "tracking_number"),
        ({"tracking_number": None}, "tracking_number"),
    ],
)
def should_name_the_field_that_is_wrong(wrong: dict[str, object], field: str) -> None:
    answer = ask("ship_order", "any", PARCEL | wrong)
    assert (answer.status, answer.fields) == (422, [field])
