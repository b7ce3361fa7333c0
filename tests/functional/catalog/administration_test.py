"""What admins change and see of products: drafts too, every price there was, all terms."""

from typing import Any

import pytest
from mall import keys
from mall.clock import instant
from mall.store import open_store, sale

from tests.builders import any_id
from tests.events import Answer, member_claims
from tests.functional.acts import (
    ADMIN,
    SECOND_ADMIN,
    any_draft,
    any_member_with,
    any_product,
    call,
    delist,
    everything,
    import_codes,
    place,
    publish,
    set_price,
    shelf_holds,
    try_to_place,
)
from tests.functional.times import DAY, NOON, SECOND, Time

TERMS: dict[str, Any] = {
    "description": "Hot.",
    "limit_per_member": {"units": 2, "per": "week"},
    "tiers": ["gold"],
    "voucher": {"worth": {"amount": 500, "currency": "USD"}, "valid_days": 30},
    "on_sale_from": instant(NOON - DAY),
    "on_sale_until": instant(NOON + DAY),
    "listed_from": instant(NOON - DAY),
    "listed_until": instant(NOON + DAY),
    "image_urls": ["/images/cup.svg"],
    "attributes": {"roast": "dark"},
}
CLEARED = {"description": "", "image_urls": [], "attributes": {}}


def _change(product: str, **said: object) -> Answer:
    return call("change_product", ADMIN, path={"product_id": product}, body=said)


def _get(product: str) -> dict[str, Any]:
    answer = call("get_admin_product", ADMIN, path={"product_id": product})
    assert answer.status == 200, answer.body
    shown: dict[str, Any] = answer.body
    return shown


def _sale_versions(product: str, sku: str, shards: int) -> list[int]:
    items = [open_store().get("catalog", keys.stock(product, sku, n)) for n in range(shards)]
    return [item["sale_version"] if item else 0 for item in items]


# --- changing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TERMS)
def should_change_one_term_and_keep_the_others(name: str) -> None:
    product = any_draft(type="discount")
    before = _get(product)
    answer = _change(product, **{name: TERMS[name]})
    assert (answer.status, answer.body) == (200, before | {name: TERMS[name]})
    assert _get(product) == answer.body


@pytest.mark.parametrize("name", TERMS)
def should_clear_a_term_that_is_said_to_be_null(name: str) -> None:
    product = any_draft(type="discount", **TERMS)
    before = _get(product)
    left = {key: value for key, value in before.items() if key != name}
    expected = left | ({name: CLEARED[name]} if name in CLEARED else {})
    answer = _change(product, **{name: None})
    assert (answer.status, answer.body) == (200, expected)
    assert _get(product) == expected


def should_change_name_category_and_price_as_well() -> None:
    product = any_draft(50)
    price = {"points": 0, "cash": {"amount": 1250, "currency": "KWD"}}
    shown = _change(product, name=" New ", category="cinema", price=price).body
    assert (shown["name"], shown["category"]) == ("New", "cinema")
    assert shown["price"] == price | {"version": 2}


def should_take_a_product_back_as_it_was_shown() -> None:
    """What is repeated is no change, type and stock mode included."""
    product = any_product(type="coupon")
    before, shown = everything(), _get(product)
    said = {name: shown[name] for name in ("name", "type", "stock_mode", "shards", "variants")}
    assert _change(product, **said).body == shown
    assert _change(product, type="coupon", stock_mode="direct").body == shown
    assert everything() == before


def should_sell_by_the_new_terms_once_a_change_is_answered() -> None:
    """A process that remembers the product sells by no old terms."""
    member, product = any_member_with(100), any_product(codes=3)
    place(member, product)
    assert _change(product, on_sale_until=instant(NOON)).status == 200
    assert try_to_place(member, product).code == "not_on_sale"
    assert _change(product, on_sale_until=None, limit_per_member=1).status == 200
    place(member, product)
    assert try_to_place(member, product).code in {"limit_reached", "insufficient_points"}


def should_teach_every_shard_those_of_new_variants_and_new_shards_too() -> None:
    small, large = {"sku": "S", "name": "Small"}, {"sku": "L", "name": "Large"}
    product = any_draft(shards=2, variants=[small])
    publish(product)
    assert _change(product, shards=4, variants=[small, large]).status == 200
    assert _sale_versions(product, "S", 4) == [3] * 4
    assert _sale_versions(product, "L", 4) == [3] * 4
    import_codes(product, 8, sku="L")
    assert shelf_holds(product) == 8


def should_finish_a_change_that_died_half_way(monkeypatch: pytest.MonkeyPatch) -> None:
    product = any_draft(shards=3)

    def dies(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as dying:
        dying.setattr(sale, "_teach", dies)
        assert _change(product, shards=5).status == 500
    assert _sale_versions(product, "default", 5) == [0] * 5
    assert _change(product, shards=5).status == 200
    assert _sale_versions(product, "default", 5) == [2] * 5


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "body"),
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"category": None}, "category"),
        ({"price": None}, "price"),
        ({"price": {"points": 0}}, "price"),
        ({"shards": None}, "shards"),
        ({"variants": None}, "variants"),
        ({"shards": 65}, "shards"),
        ({"shards": 1}, "shards"),
        ({"type": "virtual"}, "type"),
        ({"type": None}, "type"),
        ({"stock_mode": "queued"}, "stock_mode"),
        ({"stock_mode": "unlimited"}, "stock_mode"),
        ({"variants": []}, "variants"),
        ({"variants": [{"sku": "L", "name": "Large"}]}, "variants"),
        ({"variants": [{"sku": "S", "name": "a"}, {"sku": "S", "name": "b"}]}, "variants"),
        ({"voucher": {"valid_days": 3}}, "voucher"),
        ({"on_sale_until": instant(NOON)}, "on_sale_until"),
        ({"listed_from": instant(NOON), "listed_until": instant(NOON)}, "listed_until"),
        ({"limit_per_member": 0}, "limit_per_member.units"),
        ({"status": "published"}, "status"),
        ({"product_id": "x"}, "product_id"),
    ],
)
def should_refuse_what_cannot_change_so(said: dict[str, object], field: str) -> None:
    small = [{"sku": "S", "name": "Small"}]
    product = any_draft(type="coupon", variants=small, on_sale_from=instant(NOON))
    before = everything()
    answer = _change(product, **said)
    assert (answer.status, answer.code) == (422, "invalid"), answer.body
    assert field in answer.fields
    assert everything() == before


# --- prices --------------------------------------------------------------------------------------


def _prices(product: str, **query: str) -> dict[str, Any]:
    answer = call("list_prices", ADMIN, path={"product_id": product}, query=query)
    assert answer.status == 200, answer.body
    shown: dict[str, Any] = answer.body
    return shown


def should_keep_every_price_with_its_author_and_time(time: Time) -> None:
    product = any_draft(50)
    time.forward(SECOND)
    body = {"points": 20, "cash": {"amount": 250, "currency": "JPY"}}
    call("set_price", SECOND_ADMIN, path={"product_id": product}, body=body)
    time.forward(SECOND)
    _change(product, price={"points": 70})
    set_price(product, 70)
    later, latest = instant(NOON + SECOND), instant(NOON + 2 * SECOND)
    author, other = ADMIN["sub"], SECOND_ADMIN["sub"]
    assert _prices(product)["items"] == [
        {
            "points": 70,
            "cash": None,
            "version": 3,
            "at": latest,
            "actor": author,
        },
        body | {"version": 2, "at": later, "actor": other},
        {"points": 50, "cash": None, "version": 1, "at": instant(NOON), "actor": author},
    ]


def should_list_prices_page_by_page() -> None:
    product = any_draft(1)
    for points in (2, 3):
        set_price(product, points)
    first = _prices(product, limit="2")
    rest = _prices(product, limit="2", cursor=first["next_cursor"])
    assert [price["points"] for price in first["items"] + rest["items"]] == [3, 2, 1]
    assert rest["next_cursor"] is None


# --- listing -------------------------------------------------------------------------------------


def _list(**query: str) -> dict[str, Any]:
    answer = call("list_admin_products", ADMIN, query=query)
    assert answer.status == 200, answer.body
    shown: dict[str, Any] = answer.body
    return shown


def _ids(*pages: dict[str, Any]) -> list[str]:
    return [product["product_id"] for page in pages for product in page["items"]]


def should_list_products_of_every_status_the_newest_first(time: Time) -> None:
    made = []
    for _ in range(5):
        made.append(any_draft())
        time.forward(SECOND)
    draft, published, delisted, second, newest = made
    for product in (published, delisted, newest):
        publish(product)
    delist(delisted)
    assert _ids(_list()) == list(reversed(made))
    assert _ids(_list(status="draft")) == [second, draft]
    assert _ids(_list(status="published")) == [newest, published]
    assert _ids(_list(status="delisted")) == [delisted]


def should_list_all_products_once_page_by_page(time: Time) -> None:
    made = []
    for number in range(7):
        made.append(any_draft())
        if number % 2:
            publish(made[-1])
        if number % 3:
            time.forward(SECOND)
    pages = [_list(limit="2")]
    while cursor := pages[-1]["next_cursor"]:
        pages.append(_list(limit="2", cursor=cursor))
    assert sorted(_ids(*pages)) == sorted(made)
    shown = [product["created_at"] for page in pages for product in page["items"]]
    assert shown == sorted(shown, reverse=True)
    assert [len(page["items"]) for page in pages] == [2, 2, 2, 1]


def should_leave_nothing_out_where_a_status_answers_in_part(time: Time) -> None:
    """A query ends at a megabyte: the other statuses are then shown no further than that one."""
    made = []
    for number in range(68):
        made.append(any_draft(description="\N{SHOPPING BAGS}" * 4000))
        if number % 34 == 0:
            made.append(any_draft())
            publish(made[-1])
        time.forward(SECOND)
    pages = [_list(limit="100")]
    assert len(pages[0]["items"]) < len(made)
    while cursor := pages[-1]["next_cursor"]:
        pages.append(_list(limit="100", cursor=cursor))
    shown = [product["created_at"] for page in pages for product in page["items"]]
    assert shown == sorted(shown, reverse=True)
    assert sorted(_ids(*pages)) == sorted(made)


def should_show_in_short_what_an_admin_looks_for() -> None:
    product = any_draft(50)
    (shown,) = _list()["items"]
    whole = _get(product)
    assert shown == {name: whole[name] for name in shown}
    assert {"product_id", "name", "price", "status", "stock_mode", "created_at"} <= set(shown)


def should_show_one_product_whole_whatever_its_status() -> None:
    product = any_draft(shards=3, listed_from=instant(NOON + DAY))
    shown = _get(product)
    assert (shown["status"], shown["shards"], shown["created_at"]) == ("draft", 3, instant(NOON))
    publish(product)
    assert _get(product)["status"] == "published"


# --- refusals ------------------------------------------------------------------------------------

READS = {"get_admin_product": 404, "list_prices": 404, "list_stock_movements": 404}
LISTS = ("list_admin_products", "list_prices", "list_stock_movements")


@pytest.mark.parametrize("name", READS)
def should_not_know_a_product_that_never_was(name: str) -> None:
    answer = call(name, ADMIN, path={"product_id": "unknown"})
    assert (answer.status, answer.code) == (404, "not_found")
    answer = call(name, ADMIN, path={"product_id": "a b"})
    assert (answer.status, answer.fields) == (422, ["product_id"])
    claims = member_claims("m", "operator")
    answer = call(name, claims, path={"product_id": "a b"})
    assert (answer.status, answer.code) == (403, "forbidden")


@pytest.mark.parametrize("name", LISTS)
def should_take_no_foreign_cursor_and_no_odd_limit(name: str) -> None:
    path = {"product_id": any_draft()}
    answer = call(name, ADMIN, path=path, query={"cursor": any_id()})
    assert (answer.status, answer.code) == (400, "bad_cursor")
    for limit in ("0", "101", "x"):
        answer = call(name, ADMIN, path=path, query={"limit": limit})
        assert (answer.status, answer.fields) == (422, ["limit"])


def should_know_only_the_statuses_there_are() -> None:
    answer = call("list_admin_products", ADMIN, query={"status": "hidden"})
    assert (answer.status, answer.fields) == (422, ["status"])


def should_take_no_cursor_of_another_admin_or_status() -> None:
    for _ in range(2):
        any_draft()
    cursor = _list(limit="1")["next_cursor"]
    for claims, query in ((SECOND_ADMIN, {}), (ADMIN, {"status": "draft"})):
        answer = call("list_admin_products", claims, query={"cursor": cursor} | query)
        assert (answer.status, answer.code) == (400, "bad_cursor")
