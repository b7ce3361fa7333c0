"""GET /v1/orders: the member's orders, newest first, page by page."""

import pytest

from tests.events import Answer, member_claims
from tests.functional.acts import (
    any_confirmed_member,
    any_member_with,
    any_product,
    call,
    cancel,
    fulfil,
    order_of,
    place,
)
from tests.functional.times import SECOND, Time


def _list(member: str, **query: str) -> Answer:
    return call("list_orders", member_claims(member), query=query)


def _some_orders(time: Time, count: int) -> tuple[str, list[str]]:
    """A member and their orders, newest first."""
    member, product = any_member_with(count), any_product(1, codes=count)
    orders: list[str] = []
    for _ in range(count):
        time.forward(SECOND)
        orders.insert(0, place(member, product, 1)["order_id"])
    return member, orders


def should_list_nothing_for_a_member_without_orders() -> None:
    answer = _list(any_confirmed_member())
    assert (answer.status, answer.body) == (200, {"items": [], "next_cursor": None})


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def should_page_through_all_orders_without_gaps_or_repeats(limit: int, time: Time) -> None:
    member, orders = _some_orders(time, 5)
    place(any_member_with(1), any_product(1), 1)
    listed: list[str] = []
    query = {"limit": str(limit)}
    while True:
        page = _list(member, **query).body
        assert len(page["items"]) <= limit
        listed += [order["order_id"] for order in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert listed == orders


def should_filter_by_status_and_fill_the_page_all_the_same(time: Time) -> None:
    member, orders = _some_orders(time, 5)
    for order in (orders[1], orders[4]):
        cancel(member, order)
    page = _list(member, status="cancelled", limit="2").body
    assert [order["order_id"] for order in page["items"]] == [orders[1], orders[4]]
    assert [o["order_id"] for o in _list(member, status="fulfilled").body["items"]] == []


def should_leave_the_codes_to_the_order_itself(time: Time) -> None:
    member, (order,) = _some_orders(time, 1)
    fulfil(order)
    (listed,) = _list(member).body["items"]
    shown = order_of(member, order)
    assert shown.pop("delivery")
    assert listed == shown


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [("limit", "0"), ("limit", "101"), ("limit", "ten"), ("status", "lost"), ("status", "placed ")],
)
def should_refuse_unacceptable_values_by_field(field: str, value: str) -> None:
    answer = _list(any_confirmed_member(), **{field: value, "cursor": "forged"})
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", [field])


def should_refuse_a_cursor_of_another_member_another_filter_or_another_making(time: Time) -> None:
    member, _ = _some_orders(time, 2)
    other, _ = _some_orders(time, 2)
    cursor = _list(member, limit="1").body["next_cursor"]
    assert _list(member, cursor=cursor).status == 200
    for answer in (
        _list(other, cursor=cursor),
        _list(member, cursor=cursor, status="placed"),
        _list(member, cursor=cursor[:-2]),
        _list(member, cursor="A" + cursor),
        _list(member, cursor="not base64 \u00e9!"),
        _list(member, cursor=""),
        call("list_entries", member_claims(member), query={"cursor": cursor}),
    ):
        assert (answer.status, answer.code) == (400, "bad_cursor")
