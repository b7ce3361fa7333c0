"""Orders as operators see them: one whole, and lists by status and time."""

from collections.abc import Mapping
from typing import Any

import pytest
from mall import keys
from mall.clock import instant
from mall.orders.order import Shipment, Voucher
from mall.store import Store, open_store, order_lists
from mall.writes import put

from tests.events import Answer
from tests.functional.acts import (
    ADMIN,
    any_address,
    any_address_request,
    any_member_with,
    any_order_request,
    any_product,
    call,
    cancel,
    place,
    try_to_order,
)
from tests.functional.orders.afterlife import OPERATOR, ask, goods_at, order_at, paid_at
from tests.functional.orders.lines import any_queued_product, settle
from tests.functional.times import DAY, HOUR, MINUTE, NOON, Time

APART = HOUR + 5 * MINUTE


def _list(claims: Any = OPERATOR, **query: Any) -> Answer:
    named = {name.removesuffix("_"): value for name, value in query.items()}
    return call("list_admin_orders", claims, query=named)


def _ids(page: Mapping[str, Any]) -> list[str]:
    return [order["order_id"] for order in page["items"]]


def _every(**query: str) -> list[str]:
    """All orders of a list, page by page."""
    found: list[str] = []
    answer = _list(**query)
    while True:
        assert answer.status == 200, answer.body
        found += _ids(answer.body)
        if answer.body["next_cursor"] is None:
            return found
        answer = _list(**query, cursor=answer.body["next_cursor"])


@pytest.fixture
def orders(time: Time) -> list[str]:
    """Twelve orders of one member over half a day, the oldest first."""
    member, product = any_member_with(600), any_product(50, codes=12)
    placed = []
    for _ in range(12):
        placed.append(place(member, product)["order_id"])
        time.forward(APART)
    return placed


def should_list_all_states_the_newest_change_first(orders: list[str], time: Time) -> None:
    item = open_store().get("orders", keys.order(orders[3])) or {}
    cancel(item["member"], orders[3])
    expected = [orders[3], *(order for order in reversed(orders) if order != orders[3])]
    assert _every(limit="5", from_=instant(NOON)) == expected
    assert _every(status="cancelled", from_=instant(NOON)) == [orders[3]]
    assert _every(status="placed", limit="1", from_=instant(NOON)) == expected[1:]


def should_list_a_window_of_time(orders: list[str]) -> None:
    since, until = NOON + 2 * APART, NOON + 5 * APART
    window = {"from_": instant(since), "to_": instant(until)}
    assert _every(**window, status="placed") == orders[5:1:-1]
    assert (
        _every(from_=instant(since + 1), to_=instant(until - 1), status="placed") == orders[4:2:-1]
    )


def should_look_back_seven_days_by_default(orders: list[str], time: Time) -> None:
    time.set(NOON + 7 * DAY + 1)
    assert _every(status="placed") == orders[:0:-1]


def should_list_many_of_one_hour_page_by_page(time: Time) -> None:
    member, product = any_member_with(450), any_product(50, codes=9)
    placed = []
    for _ in range(9):
        placed.append(place(member, product)["order_id"])
        time.forward(MINUTE)
    assert _every(limit="2", from_=instant(NOON)) == placed[::-1]
    assert _every(limit="2", status="placed", from_=instant(NOON)) == placed[::-1]


def should_end_a_page_early_rather_than_look_for_long(
    orders: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However sparse the orders, a page costs no more than so many queries."""
    asked: list[object] = []
    query = Store.query

    def counted(*args: Any, **facets: Any) -> Any:
        asked.append(args)
        return query(*args, **facets)

    monkeypatch.setattr(Store, "query", counted)
    monkeypatch.setattr(order_lists, "QUERIES_MAX", 12)
    window = {"status": "placed", "from_": instant(NOON)}
    pages, answer = 0, _list(**window)
    found = _ids(answer.body)
    while (place := answer.body["next_cursor"]) is not None:
        before = len(asked)
        answer = _list(**window, cursor=place)
        assert len(asked) - before <= 12
        found += _ids(answer.body)
        pages += 1
    assert found == orders[::-1]
    assert pages > 3


def should_leave_out_an_order_that_has_moved_on_since_the_index_saw_it(
    orders: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index trails the table: what it still calls `placed` may be cancelled by now."""
    seen = open_store().get("orders", keys.order(orders[-1])) or {}
    cancel(seen["member"], orders[-1])
    query = Store.query

    def late(*args: Any, **facets: Any) -> Any:
        page = query(*args, **facets)
        if args[3]["partition"] == seen["gsi2pk"]:
            page.items.append(seen)
        return page

    monkeypatch.setattr(Store, "query", late)
    assert orders[-1] not in _every(status="placed", from_=instant(NOON))


def should_show_what_operators_need() -> None:
    order = paid_at("fulfilling", "shipped", shipment=Shipment("post", "1Z"))
    shown = ask("get_admin_order", order).body
    assert _list(status="shipped").body["items"] == [shown]
    assert (shown["user_id"], shown["version"]) == (order.member, 4)
    assert shown["shipment"] == {"carrier": "post", "tracking_number": "1Z"}
    assert (shown["payment"]["paid"], shown["cash"]["amount"]) == (True, 500)


def should_never_show_what_is_for_the_member_alone() -> None:
    order = paid_at(
        "fulfilling", "fulfilled", codes=(b"sealed one",), voucher=Voucher("the-mac", b"sealed too")
    )
    for answer in (ask("get_admin_order", order), _list(status="fulfilled")):
        text = str(answer.body)
        assert not any(secret in text for secret in ("sealed", "the-mac", "secret"))
    shown = ask("get_admin_order", order).body
    assert (shown["codes_delivered"], shown["voucher_issued"]) == (1, True)


def should_show_where_goods_go_and_only_where_one_order_is_asked_for() -> None:
    order = goods_at("fulfilling")
    address = {"address_id": "a"} | any_address_request()
    kept = keys.order_address(order.member, order.order_id)
    open_store().transact([put("users", {**address, **kept})])
    shown = ask("get_admin_order", order).body["address"]
    assert (shown["line1"], shown["recipient"]) == (address["line1"], "Ada Lovelace")
    assert "Lovelace" not in str(_list(status="fulfilling").body)
    assert "address" not in ask("get_admin_order", order_at()).body


def should_show_where_goods_of_a_queued_order_go_by_either_form_of_its_id() -> None:
    member, product = any_member_with(50), any_queued_product(50, codes=0, type="physical")
    stocked = {"delta": 1, "reason": "delivered"}
    call("move_stock", ADMIN, path={"product_id": product}, body=stocked, key="k")
    asked = any_order_request(product) | {"address_id": any_address(member)}
    order: str = try_to_order(member, asked).body["order_id"]
    assert settle() == []
    for known in (order, order.partition("-")[0]):
        assert ask("get_admin_order", known).body["address"]["recipient"] == "Ada Lovelace"


# --- refusals ------------------------------------------------------------------------------------


def should_refuse_a_cursor_of_another_list_or_caller(orders: list[str]) -> None:
    cursor = _list(limit="2", status="placed").body["next_cursor"]
    other = OPERATOR | {"sub": "another"}
    for answer in (
        _list(cursor="forged"),
        _list(cursor=cursor),
        _list(cursor=cursor, status="placed", from_=instant(NOON)),
        _list(claims=other, cursor=cursor, status="placed"),
    ):
        assert (answer.status, answer.code) == (400, "bad_cursor")
    following = _list(limit="2", status="placed", cursor=cursor).body
    assert _ids(following) == orders[9:7:-1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "lost"}, "status"),
        ({"from_": "yesterday"}, "from"),
        ({"to_": "20261122"}, "to"),
        ({"from_": instant(NOON), "to_": instant(NOON - 1)}, "from"),
        ({"from_": instant(NOON - 93 * DAY), "to_": instant(NOON)}, "from"),
        ({"limit": "101"}, "limit"),
    ],
)
def should_name_what_is_wrong_with_a_list(query: dict[str, str], field: str) -> None:
    answer = _list(**query)
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", [field])


def should_know_no_other_order() -> None:
    assert ask("get_admin_order", "unknown").code == "not_found"
    assert ask("get_admin_order", "no id").code == "invalid"
    assert call("get_admin_order", None, path={"order_id": "x"}).code == "forbidden"
    assert call("list_admin_orders", None).code == "forbidden"
