"""GET /v1/products: what is published, found and sorted in every way that can be asked for."""

from collections.abc import Iterator
from itertools import product as every
from typing import Any

import pytest
from mall.catalog.listing import Listing, rows
from mall.clock import instant
from mall.store import open_store
from mall.writes import put

from tests.builders import any_id
from tests.events import Answer
from tests.functional.acts import (
    any_draft,
    any_product,
    call,
    delist,
    everything,
    publish,
    set_price,
)
from tests.functional.times import HOUR, NOON, SECOND, Time

SORTS = ("category", "name", "newest", "points", "-points")


def _list(**query: str) -> Answer:
    return call("list_products", query=query)


def _pages(**query: str) -> Iterator[list[dict[str, Any]]]:
    """The products, page by page."""
    while True:
        page = _list(**query).body
        yield page["items"]
        if page["next_cursor"] is None:
            return
        query["cursor"] = page["next_cursor"]


def _names(**query: str) -> list[str]:
    """The names of all products, over all pages."""
    return [product["name"] for page in _pages(**query) for product in page]


def _some_products() -> None:
    for name, category, type_ in (
        ("Tea", "cafe", "coupon"),
        ("cake", "cafe", "virtual"),
        ("Film", "cinema", "coupon"),
        ("Biscuit", "cafe", "coupon"),
        ("Bread", "cafe-deluxe", "coupon"),
    ):
        any_product(codes=0, name=name, category=category, type=type_, shards=1)


def should_list_nothing_on_an_empty_shelf() -> None:
    answer = _list()
    assert (answer.status, answer.body) == (200, {"items": [], "next_cursor": None})


def should_show_what_a_list_needs() -> None:
    product = any_product(7, codes=1, name="Tea", type="coupon", limit_per_member=2)
    (shown,) = _list().body["items"]
    assert shown == {
        "product_id": product,
        "name": "Tea",
        "type": "coupon",
        "category": "cafe",
        "image_urls": [],
        "price": {"points": 7, "cash": None, "version": 1},
        "available": True,
        "limit_per_member": 2,
    }


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 6])
def should_page_by_category_and_name_without_gaps_or_repeats(limit: int) -> None:
    _some_products()
    assert _names(limit=str(limit)) == ["Biscuit", "cake", "Tea", "Bread", "Film"]


# --- every way to ask, against a naive reckoning -------------------------------------------------

NAMES = ("tea", "Green tea", "Tea green", "Iced green tea", "Cup of tea", "Cup", "cup", "Greenery")


def _shelf(time: Time) -> list[dict[str, Any]]:
    """Products of some names, categories, types and prices; some were made in one instant."""
    made = []
    for number, name in enumerate(NAMES):
        facts = {
            "name": name,
            "category": ("cafe", "cafe-deluxe", "bar")[number % 3],
            "type": ("coupon", "service")[number % 2],
            "points": (50, 7, 50, 0, 1000)[number % 5],
            "cash": (None, 300, 20)[number % 3] or (40 if number % 5 == 3 else None),
        }
        cash = facts["cash"] and {"amount": facts["cash"], "currency": "USD"}
        made.append(
            facts
            | {
                "at": time.now,
                "id": any_product(
                    codes=0, name=name, category=facts["category"], type=facts["type"], shards=1,
                    price={"points": facts["points"], "cash": cash},
                ),
            }
        )  # fmt: skip
        time.forward(SECOND * (number % 2))
    return made


def _naive(
    shelf: list[dict[str, Any]], category: str, type_: str, q: str, affordable: str, sort: str
) -> list[str]:
    found = [
        p
        for p in shelf
        if category in ("", p["category"])
        and type_ in ("", p["type"])
        and set(q.lower().split()) <= set(p["name"].lower().split())
        and (not affordable or p["points"] <= int(affordable))
    ]
    orders = {
        "category": lambda p: (p["category"], p["name"].lower(), p["id"]),
        "name": lambda p: (p["name"].lower(), p["id"]),
        "newest": lambda p: (p["at"], p["id"]),
        "points": lambda p: (p["points"], p["cash"] or 0, p["id"]),
    }
    backwards = sort in ("newest", "-points")
    return [p["id"] for p in sorted(found, key=orders[sort.lstrip("-")], reverse=backwards)]


def should_answer_every_question_as_a_naive_reckoning_does(time: Time) -> None:
    shelf = _shelf(time)
    asked = every(("", "cafe"), ("", "service"), ("", "tea", "Green TEA"), ("", "50"), SORTS)
    answered = 0
    for category, type_, q, affordable, sort in asked:
        said = {
            "category": category, "type": type_, "q": q, "affordable": affordable, "sort": sort,
        }  # fmt: skip
        query = {name: value for name, value in said.items() if value}
        pages = list(_pages(**query, limit="3"))
        assert all(len(page) <= 3 for page in pages)
        found = [p["product_id"] for page in pages for p in page]
        assert found == _naive(shelf, category, type_, q, affordable, sort), query
        answered += bool(found)
    assert answered > 40


def should_sort_by_category_unless_asked_otherwise(time: Time) -> None:
    _shelf(time)
    assert _names() == _names(sort="category") != _names(sort="name")


def should_find_names_by_whole_words_without_case_and_marks() -> None:
    for name in ("Crème brûlée", "Cream", "Ice-cream XL"):
        any_product(codes=0, name=name, shards=1)
    assert _names(q="CREME") == ["Crème brûlée"]
    assert _names(q="cream") == ["Cream", "Ice-cream XL"]
    assert _names(q="xl ice!") == ["Ice-cream XL"]
    assert _names(q="crea") == []


def should_go_on_past_rows_that_a_filter_leaves_out() -> None:
    """A page under a filter reads 500 rows at most: it may be empty and still go on."""
    store = open_store()
    strangers = [rows(any_id(), Listing("Tea", "attic", "coupon", 5, 0, NOON)) for _ in range(505)]
    only = [row for made in strangers for (pk, _), row in made.items() if pk.endswith("tea#name")]
    for first in range(0, len(only), 99):
        store.transact([put("catalog", row) for row in only[first : first + 99]])
    product = any_product(codes=0, name="Tea too", category="cafe")
    pages = list(_pages(q="tea", category="cafe", sort="name", limit="1"))
    assert [[shown["product_id"] for shown in page] for page in pages] == [[], [product]]


# --- what is listed ------------------------------------------------------------------------------


def should_leave_out_drafts_and_what_was_delisted() -> None:
    any_draft(name="Draft")
    product = any_product(name="Shown", codes=0)
    assert _names() == ["Shown"]
    delist(product)
    assert _names() == []
    publish(product)
    assert _names() == ["Shown"]


def should_list_a_product_within_its_window_alone(time: Time) -> None:
    begin, end = instant(NOON + HOUR), instant(NOON + 2 * HOUR)
    any_product(codes=0, name="Tea", listed_from=begin, listed_until=end)
    for at, names in ((NOON, []), (NOON + HOUR, ["Tea"]), (NOON + 2 * HOUR, [])):
        time.set(at)
        assert _names() == _names(q="tea") == names


def should_show_what_is_off_sale_as_not_available(time: Time) -> None:
    any_product(codes=1, name="Tea", on_sale_from=instant(NOON + HOUR))
    assert [product["available"] for product in _list().body["items"]] == [False]
    time.set(NOON + HOUR)
    assert [product["available"] for product in _list().body["items"]] == [True]


def _rows() -> dict[tuple[str, str], dict[str, Any]]:
    """Every row of every list."""
    items = everything()["catalog"]
    return {(i["pk"], i["sk"]): i for i in items if i["pk"].startswith("LIST#")}


def _rows_of(product: str, name: str, points: int) -> dict[tuple[str, str], dict[str, Any]]:
    return rows(product, Listing(name, "cafe", "coupon", points, 0, NOON))


def should_leave_exactly_the_rows_of_what_is_listed() -> None:
    product = any_product(9, codes=0, name="Green tea", type="coupon")
    assert _rows() == _rows_of(product, "Green tea", 9)
    set_price(product, 12)
    assert _rows() == _rows_of(product, "Green tea", 12)
    delist(product)
    assert _rows() == {}
    publish(product)
    assert _rows() == _rows_of(product, "Green tea", 12)


def should_finish_what_an_admins_call_left_half_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product has its new price, its rows the old one: it is listed nowhere wrongly."""
    product = any_product(9, codes=0, name="Tea", type="coupon")

    class Died(BaseException):
        """The function was killed."""

    def die(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr("mall.store.sale.settle_rows", die)
        for points in (12, 15):
            with pytest.raises(Died):
                set_price(product, points)
    assert _rows() == _rows_of(product, "Tea", 9)
    assert _names(sort="points") == []
    assert _names(sort="name") == ["Tea"]
    set_price(product, 15)
    assert _rows() == _rows_of(product, "Tea", 15)
    assert _names(sort="points") == ["Tea"]


# --- what is remembered, and by whom -------------------------------------------------------------


def should_let_anybody_keep_a_page_for_five_seconds_and_a_refusal_never() -> None:
    assert _list().headers["cache-control"] == "public, max-age=5"
    assert _list(limit="0").headers["cache-control"] == "no-store"
    assert _list(cursor="forged").headers["cache-control"] == "no-store"


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("limit", "0"),
        ("limit", "101"),
        ("category", "Big Things"),
        ("type", "edible"),
        ("sort", "price"),
        ("q", ""),
        ("q", "! a"),
        ("q", "tea " * 30),
        ("affordable", "-1"),
        ("affordable", "1.5"),
        ("affordable", str(2**53)),
    ],
)
def should_refuse_unacceptable_values_by_field(field: str, value: str) -> None:
    answer = _list(**{field: value, "cursor": "forged"})
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", [field])


def should_refuse_a_cursor_of_another_filter_or_another_making() -> None:
    _some_products()
    cursor = _list(limit="1").body["next_cursor"]
    assert _list(cursor=cursor).status == 200
    for query in (
        {"cursor": cursor, "category": "cafe"},
        {"cursor": cursor, "type": "coupon"},
        {"cursor": cursor, "q": "tea"},
        {"cursor": cursor, "sort": "name"},
        {"cursor": cursor, "affordable": "9"},
        {"cursor": cursor[:-2]},
        {"cursor": "x" + cursor},
        {"cursor": ""},
    ):
        answer = _list(**query)
        assert (answer.status, answer.code) == (400, "bad_cursor")
