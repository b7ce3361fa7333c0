"""Goods on their way: shipped once, under one number, and then completed."""

import pytest
from mall.orders.states import STATUSES, Status

from tests.functional.acts import call, everything, order_of
from tests.functional.orders.afterlife import ask, goods_at, order_at, stored

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


@pytest.mark.parametrize("operation", ["ship_order", "complete_order"])
def should_let_nobody_else_do_that_and_know_no_other_order(operation: str) -> None:
    body = PARCEL if operation == "ship_order" else None
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
