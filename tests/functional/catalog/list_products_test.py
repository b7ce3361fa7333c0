"""GET /v1/products: what is published, by category and name."""

import pytest
from mall.store.reads import BATCH_MAX

from tests.events import Answer
from tests.functional.acts import any_draft, any_product, call, delist, publish


def _list(**query: str) -> Answer:
    return call("list_products", query=query)


def _pages(**query: str) -> list[str]:
    """The names of all products, page by page."""
    names: list[str] = []
    while True:
        page = _list(**query).body
        names += [product["name"] for product in page["items"]]
        if page["next_cursor"] is None:
            return names
        query["cursor"] = page["next_cursor"]


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
    assert _pages(limit=str(limit)) == ["Biscuit", "cake", "Tea", "Bread", "Film"]


def should_filter_by_category_and_type() -> None:
    _some_products()
    assert _pages(category="cafe", limit="2") == ["Biscuit", "cake", "Tea"]
    assert _pages(category="cafe", type="coupon", limit="1") == ["Biscuit", "Tea"]
    assert _pages(type="virtual") == ["cake"]
    assert _pages(category="caf") == []


def should_leave_out_drafts_and_what_was_delisted() -> None:
    any_draft(name="Draft")
    product = any_product(name="Shown", codes=0)
    assert _pages() == ["Shown"]
    delist(product)
    assert _pages() == []
    publish(product)
    assert _pages() == ["Shown"]


def should_show_the_stock_of_more_shards_than_one_read_takes() -> None:
    for _ in range(2):
        any_product(codes=1, shards=64)
    assert BATCH_MAX < 2 * 64
    assert [product["available"] for product in _list().body["items"]] == [True, True]


@pytest.mark.parametrize(
    ("field", "value"),
    [("limit", "0"), ("limit", "101"), ("category", "Big Things"), ("type", "physical")],
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
        {"cursor": cursor[:-2]},
        {"cursor": "x" + cursor},
        {"cursor": ""},
    ):
        answer = _list(**query)
        assert (answer.status, answer.code) == (400, "bad_cursor")
