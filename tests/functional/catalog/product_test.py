"""Creating, publishing, delisting and pricing a product, and how it is shown."""

import json
from pathlib import Path
from typing import Any

import pytest
from mall import keys
from mall.clock import instant
from mall.store import open_store, sale

from tests.builders import any_id
from tests.events import Answer, member_claims
from tests.functional.acts import (
    ADMIN,
    any_draft,
    any_member_with,
    any_product,
    any_product_request,
    call,
    delist,
    everything,
    import_codes,
    place,
    publish,
    set_price,
    shelf_holds,
)
from tests.functional.precedence import Told, each_first
from tests.functional.times import DAY, NOON, SECOND, Time

CONTRACT = Path(__file__).parents[3] / "docs" / "reference" / "openapi.json"


def _create(key: str = "", **changed: object) -> Answer:
    body = any_product_request() | changed
    return call("create_product", ADMIN, body=body, key=key or any_id())


def _get(product: str) -> Answer:
    return call("get_product", path={"product_id": product})


def _sale_versions(product: str, shards: int) -> list[int]:
    items = [open_store().get("catalog", keys.stock(product, "default", n)) for n in range(shards)]
    return [item["sale_version"] if item else 0 for item in items]


# --- creating ------------------------------------------------------------------------------------


def should_create_a_draft_with_all_that_was_said() -> None:
    said = {
        "name": "A cup",
        "type": "coupon",
        "category": "cafe",
        "description": "Hot.",
        "limit_per_member": 3,
        "image_urls": ["/images/cup.svg", "https://images.example.test/cup.png"],
        "variants": [{"sku": "S", "name": "Small"}, {"sku": "L", "name": "Large"}],
        "attributes": {"roast": "dark"},
    }
    window = {
        "on_sale_from": "2026-11-23T00:00:00+01:00",
        "on_sale_until": "2026-12-01T00:00:00Z",
    }
    body = any_product_request() | said | window | {"stock_mode": "direct"}
    answer = call("create_product", ADMIN, body=body, key=any_id())
    assert answer.status == 201
    assert answer.body == said | {
        "product_id": answer.body["product_id"],
        "status": "draft",
        "price": {"points": 50, "cash": None, "version": 1},
        "available": False,
        "stock_left": 0,
        "stock_mode": "codes",
        "shards": 2,
        "created_at": instant(NOON),
        "on_sale_from": "2026-11-22T23:00:00.000Z",
        "on_sale_until": "2026-12-01T00:00:00.000Z",
    }


MODES = [
    ("physical", None, "direct"),
    ("physical", "unlimited", "unlimited"),
    ("physical", "queued", "queued"),
    ("service", "unlimited", "unlimited"),
    ("discount", "direct", "direct"),
    ("coupon", None, "codes"),
    ("virtual", "codes", "codes"),
    ("virtual", "queued", "queued"),
]


@pytest.mark.parametrize(("type_", "said", "stocked"), MODES)
def should_create_products_of_every_type_and_stock_mode(
    type_: str, said: str | None, stocked: str
) -> None:
    answer = _create(type=type_, stock_mode=said)
    assert answer.status == 201, answer.body
    assert (answer.body["type"], answer.body["stock_mode"]) == (type_, stocked)
    assert answer.body["stock_left"] == (None if stocked == "unlimited" else 0)


def should_be_available_without_end_where_the_stock_is_unlimited() -> None:
    product = any_draft(type="service", stock_mode="unlimited")
    shown = publish(product)
    assert (shown["available"], shown["stock_left"]) == (True, None)


@pytest.mark.parametrize(
    ("points", "amount", "currency"),
    [(0, 250, "JPY"), (10, 1250, "KWD"), (1, 999, "USD"), (0, 2**53 - 1, "EUR")],
)
def should_price_in_points_and_minor_units_of_any_currency(
    points: int, amount: int, currency: str
) -> None:
    """Case 5: 250 yen and 1.250 dinars are what was said, to the unit."""
    price = {"points": points, "cash": {"amount": amount, "currency": currency}}
    product = _create(price=price).body
    assert product["price"] == price | {"version": 1}
    publish(product["product_id"])
    assert _get(product["product_id"]).body["price"] == price | {"version": 1}


def should_tell_what_a_product_asks_of_its_buyers() -> None:
    voucher = {"worth": {"amount": 500, "currency": "USD"}, "valid_days": 30}
    limit = {"units": 2, "per": "week"}
    terms: dict[str, Any] = {
        "type": "discount",
        "tiers": ["gold"],
        "voucher": voucher,
        "limit_per_member": limit,
    }
    product = _create(**terms).body
    assert terms.items() <= product.items()
    publish(product["product_id"])
    assert terms.items() <= _get(product["product_id"]).body.items()


def should_take_a_limit_in_full_or_as_a_number() -> None:
    for said in (3, {"units": 3}, {"units": 3, "per": "ever"}):
        assert _create(limit_per_member=said).body["limit_per_member"] == 3


def should_leave_out_what_was_not_said() -> None:
    nothing: dict[str, Any] = dict.fromkeys(
        ("limit_per_member", "tiers", "voucher", "description", "attributes")
    )
    for body in (_create().body, _create(**nothing).body):
        assert not {"limit_per_member", "tiers", "voucher", "on_sale_from", "listed_from"} & set(
            body
        )
        assert (body["description"], body["attributes"]) == ("", {})
    body = _create().body
    assert (body["variants"], body["image_urls"], body["attributes"]) == ([], [], {})


def should_answer_a_repeated_creation_as_before() -> None:
    """Case 36: one product, shown as it was, though it has changed."""
    request = any_product_request()
    first = call("create_product", ADMIN, body=request, key="k")
    publish(first.body["product_id"])
    set_price(first.body["product_id"], 70)
    before = everything()
    again = call("create_product", ADMIN, body=request, key="k")
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert everything() == before


def should_refuse_another_product_under_the_same_key() -> None:
    """Case 37."""
    assert _create("k").status == 201
    before = everything()
    answer = _create("k")
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert everything() == before


def should_keep_the_keys_of_two_admins_apart() -> None:
    """Case 41."""
    request = any_product_request()
    ids = {
        call("create_product", claims, body=request, key="k").body["product_id"]
        for claims in (ADMIN, member_claims("another", "admin"))
    }
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"type": "ticket"}, "type"),
        ({"category": "Big Things"}, "category"),
        ({"price": {"points": 0, "cash": None}}, "price"),
        ({"price": {"points": -1, "cash": None}}, "price.points"),
        ({"price": {"points": 1.5, "cash": None}}, "price.points"),
        ({"price": {"points": 2**53, "cash": None}}, "price.points"),
        ({"price": {"points": 1, "cash": {"amount": 0, "currency": "USD"}}}, "price.cash.amount"),
        ({"price": {"points": 1, "cash": {"amount": 1.5, "currency": "USD"}}}, "price.cash.amount"),
        (
            {"price": {"points": 1, "cash": {"amount": 2**53, "currency": "USD"}}},
            "price.cash.amount",
        ),
        ({"price": {"points": 1, "cash": {"amount": 1, "currency": "usd"}}}, "price.cash.currency"),
        ({"price": {"points": 1, "cash": {"amount": 1, "currency": "USB"}}}, "price.cash.currency"),
        ({"price": {"points": 1, "cash": {"amount": 1, "currency": "XAU"}}}, "price.cash.currency"),
        ({"stock_mode": "endless"}, "stock_mode"),
        ({"type": "coupon", "stock_mode": "unlimited"}, "body"),
        ({"type": "physical", "stock_mode": "codes"}, "body"),
        ({"type": "physical", "voucher": {"valid_days": 30}}, "body"),
        ({"type": "discount", "voucher": {"valid_days": 0}}, "voucher.valid_days"),
        (
            {"type": "discount", "voucher": {"worth": {"amount": 0, "currency": "USD"}}},
            "voucher.worth.amount",
        ),
        ({"tiers": ["Gold!"]}, "tiers.0"),
        ({"shards": 64, "variants": [{"sku": str(n), "name": "x"} for n in range(5)]}, "body"),
        ({"shards": 0}, "shards"),
        ({"shards": 65}, "shards"),
        ({"shards": 1.0}, "shards"),
        ({"limit_per_member": 0}, "limit_per_member.units"),
        ({"limit_per_member": True}, "limit_per_member.units"),
        ({"limit_per_member": 2**53}, "limit_per_member.units"),
        ({"limit_per_member": {"units": 1, "per": "year"}}, "limit_per_member.per"),
        ({"limit_per_member": {"per": "day"}}, "limit_per_member.units"),
        ({"limit_per_member": "3"}, "limit_per_member"),
        ({"on_sale_from": "2026-11-22T12:00:00"}, "on_sale_from"),
        ({"on_sale_from": "0001-01-01T00:00:00+23:59"}, "on_sale_from"),
        ({"on_sale_until": "9999-12-31T23:59:59-23:59"}, "on_sale_until"),
        ({"on_sale_from": instant(NOON), "on_sale_until": instant(NOON)}, "body"),
        ({"image_urls": ["javascript:alert(1)"]}, "image_urls.0"),
        ({"image_urls": ["/x"] * 9}, "image_urls"),
        ({"variants": [{"sku": "a b", "name": "x"}]}, "variants.0.sku"),
        ({"variants": [{"sku": "S", "name": "x"}, {"sku": "S", "name": "y"}]}, "body"),
        ({"attributes": {"Not A Slug": "x"}}, "attributes.Not A Slug.[key]"),
        ({"status": "published"}, "status"),
    ],
)
def should_refuse_unacceptable_values_by_field(changed: dict[str, object], field: str) -> None:
    before = everything()
    answer = call("create_product", ADMIN, body=any_product_request() | changed, key=any_id())
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", [field])
    assert everything() == before


PRECEDENCE = [
    (403, "forbidden"),
    (400, "malformed"),
    (422, "invalid"),
    (400, "idempotency_key_required"),
]


@each_first(PRECEDENCE)
def should_tell_the_first_refusal_of_a_creation(told: Told, wrong: list[str]) -> None:
    """Each row is wrong in its own way and in every later one."""
    body = any_product_request() | ({"shards": 0} if "invalid" in wrong else {})
    answer = call(
        "create_product",
        member_claims("m") if "forbidden" in wrong else ADMIN,
        body="{" if "malformed" in wrong else body,
    )
    assert (answer.status, answer.code) == told
    assert everything()["catalog"] == []


def should_not_burn_the_key_of_a_refused_creation() -> None:
    """Case 45."""
    assert _create("k", shards=0).status == 422
    assert _create("k").status == 201


# --- showing -------------------------------------------------------------------------------------


def should_not_know_a_draft_before_it_is_published() -> None:
    draft = any_draft()
    assert (_get(draft).status, _get(draft).code) == (404, "not_found")
    publish(draft)
    assert _get(draft).body["status"] == "published"


def should_show_a_delisted_product_as_not_available(time: Time) -> None:
    product = any_product()
    delist(product)
    time.forward(5 * SECOND)
    shown = _get(product).body
    assert (shown["status"], shown["available"], shown["stock_left"]) == ("delisted", False, 3)


def should_show_what_is_left_over_all_shards_and_skus() -> None:
    variants = [{"sku": "S", "name": "Small"}, {"sku": "L", "name": "Large"}]
    product = any_product(codes=0, shards=3, variants=variants)
    import_codes(product, 4, sku="S")
    import_codes(product, 5, sku="L")
    assert shelf_holds(product) == 9


def should_be_available_within_its_window_and_while_there_is_stock(time: Time) -> None:
    begin, end = NOON + DAY, NOON + 2 * DAY
    product = any_product(1, 1, on_sale_from=instant(begin), on_sale_until=instant(end))
    for at, available in ((begin - 1, False), (begin, True), (end - 1, True), (end, False)):
        time.set(at)
        assert _get(product).body["available"] is available
    time.set(begin)
    place(any_member_with(1), product, 1)
    assert _get(product).body["available"] is False


@pytest.mark.parametrize(
    ("product", "status", "code"),
    [("unknown", 404, "not_found"), ("a b", 422, "invalid"), ("x" * 3000, 422, "invalid")],
)
def should_not_know_other_products(product: str, status: int, code: str) -> None:
    answer = _get(product)
    assert (answer.status, answer.code) == (status, code)


def should_serve_the_contract() -> None:
    answer = call("get_contract")
    assert (answer.status, answer.body) == (200, json.loads(CONTRACT.read_text()))
    assert answer.headers["content-type"] == "application/json"


def should_be_seen_in_its_listing_window_whether_it_is_on_sale_or_not(time: Time) -> None:
    """Visibility is not availability."""
    begin, end = NOON + DAY, NOON + 3 * DAY
    listed = {"listed_from": instant(begin), "listed_until": instant(end)}
    sale = {"on_sale_from": instant(begin + DAY), "on_sale_until": instant(end + DAY)}
    product = any_product(1, 1, **listed, **sale)
    for at, status in ((begin - 1, 404), (begin, 200), (end - 1, 200), (end, 404)):
        time.set(at)
        assert _get(product).status == status
    time.set(begin + DAY - 1)
    assert _get(product).body["available"] is False
    time.set(begin + DAY)
    assert _get(product).body["available"] is True


# --- publishing, delisting, pricing --------------------------------------------------------------


def should_teach_every_shard_before_it_answers() -> None:
    product = any_draft(shards=5)
    for change, version in ((publish, 2), (delist, 3), (publish, 4)):
        change(product)
        assert _sale_versions(product, 5) == [version] * 5
    set_price(product, 51)
    assert _sale_versions(product, 5) == [5] * 5


@pytest.mark.parametrize(("change", "status"), [(publish, "published"), (delist, "delisted")])
def should_change_nothing_when_it_is_done_twice(change: Any, status: str) -> None:
    product = any_product()
    first = change(product)
    before = everything()
    assert change(product) == first
    assert first["status"] == status
    assert everything() == before


def should_change_nothing_when_the_price_stays() -> None:
    product = any_product(50)
    before = everything()
    assert set_price(product, 50)["price"]["version"] == 1
    assert everything() == before


def should_make_a_new_version_of_the_price() -> None:
    product = any_product(50)
    assert set_price(product, 70)["price"] == {"points": 70, "cash": None, "version": 2}
    assert set_price(product, 50)["price"] == {"points": 50, "cash": None, "version": 3}


def should_finish_what_a_crash_left_half_way(monkeypatch: pytest.MonkeyPatch) -> None:
    product = any_draft(shards=3)
    with monkeypatch.context() as dying:
        dying.setattr(sale, "_teach", _dies)
        answer = call("publish_product", ADMIN, path={"product_id": product})
        assert answer.status == 500
    assert _sale_versions(product, 3) == [0, 0, 0]
    publish(product)
    assert _sale_versions(product, 3) == [2, 2, 2]


def _dies(*_: object) -> None:
    raise RuntimeError


CHANGES = {
    "publish_product": None,
    "delist_product": None,
    "set_price": {"points": 70, "cash": None},
    "change_product": {"name": "Another"},
}
CHANGE_PRECEDENCE = [
    (403, "forbidden"),
    (400, "malformed"),
    (422, "invalid"),
    (404, "not_found"),
]


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("first", range(4), ids=[code for _, code in CHANGE_PRECEDENCE])
def should_tell_the_first_refusal_of_a_change(name: str, first: int) -> None:
    """Each row is wrong in its own way and in every later one."""
    status, code = CHANGE_PRECEDENCE[first]
    wrong = [each for _, each in CHANGE_PRECEDENCE[first:]]
    body: object = CHANGES[name]
    if code == "malformed" and body is None:
        return  # there is no body to read
    answer = call(
        name,
        member_claims("m", "operator") if "forbidden" in wrong else ADMIN,
        path={"product_id": "no id" if "invalid" in wrong else "unknown"},
        body="{" if "malformed" in wrong and body else body,
    )
    assert (answer.status, answer.code) == (status, code)
    assert everything()["catalog"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"points": 0}, "body"),
        ({"points": -1}, "points"),
        ({"points": 1.5}, "points"),
        ({"points": "70"}, "points"),
        ({"points": 2**53}, "points"),
        ({}, "points"),
        ({"points": 1, "cash": {"amount": 0, "currency": "USD"}}, "cash.amount"),
        ({"points": 1, "cash": {"amount": 1, "currency": "FOO"}}, "cash.currency"),
        ({"points": 1, "cash": {"amount": 1.0, "currency": "KWD"}}, "cash.amount"),
        ({"points": 1, "version": 7}, "version"),
    ],
)
def should_refuse_what_is_no_price(body: object, field: str) -> None:
    """Cases 3 and 4: 422, and nothing is written."""
    product = any_draft()
    before = everything()
    answer = call("set_price", ADMIN, path={"product_id": product}, body=body)
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", [field])
    assert everything() == before
