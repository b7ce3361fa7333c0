"""What admins do with products on sale, and the contract that everybody reads."""

from tests.e2e.mall import Client, admin, any_key, any_product, eventually, member_with, order_of


def should_charge_the_new_price_and_sell_nothing_that_is_delisted() -> None:
    """46, 48: who saw the old price is told the new one; off sale it is sold to nobody."""
    member, _ = member_with(500)
    product = any_product(codes=2)
    eventually(_on_sale, lambda listed: product in listed)
    path = f"/admin/products/{product}"
    priced = admin().told("PUT", f"{path}/price", {"points": 150, "cash": None})
    assert priced["price"]["points"] == 150
    refused = member.ask("POST", "/orders", order_of(product), key=any_key())
    assert (refused.status_code, refused.json()["code"]) == (409, "price_changed")
    assert refused.json()["price"]["points"] == 150
    member.told("POST", "/orders", order_of(product, 150), key=any_key())
    admin().told("POST", f"{path}/delist")
    refusal = member.refused("POST", "/orders", order_of(product, 150), key=any_key())
    assert refusal == (409, "not_on_sale")
    eventually(_on_sale, lambda listed: product not in listed)
    assert admin().refused("PUT", "/admin/products/none/price", {"points": 5}) == (404, "not_found")


def _on_sale() -> set[str]:
    page = Client().told("GET", "/products", category="tests", limit=100)
    assert page["next_cursor"] is None
    return {product["product_id"] for product in page["items"]}


def should_keep_categories_and_find_products_by_words() -> None:
    """A category takes a parent and goes when it is empty; a product is found by its name."""
    top, below = any_key(), any_key()
    for category, parent in ((top, None), (below, top)):
        body = {"category_id": category, "name": category, "parent": parent}
        admin().told("POST", "/admin/categories", body)
    path = f"/admin/categories/{below}"
    admin().told("PUT", path, {"name": "Below", "parent": top})
    eventually(lambda: _categories().get(below), lambda name: name == "Below")
    assert admin().refused("DELETE", f"/admin/categories/{top}") == (409, "in_use")
    for category in (below, top):
        admin().told("DELETE", f"/admin/categories/{category}")
    word = any_key()
    product = any_product(codes=1, name=f"Cup of {word}")
    query = {"q": f"{word} cup", "sort": "points", "affordable": 100}
    eventually(
        lambda: [p["product_id"] for p in Client().told("GET", "/products", **query)["items"]],
        lambda found: found == [product],
    )


def _categories() -> dict[str, str]:
    items = Client().told("GET", "/categories")["items"]
    return {category["category_id"]: category["name"] for category in items}


def should_take_units_out_of_stock_and_put_none_in() -> None:
    """Stock that codes back grows by codes alone, and no further down than nothing."""
    product = any_product(codes=3)
    path = f"/admin/products/{product}/stock"
    less = {"delta": -2, "reason": "Printed wrong"}
    key = any_key()
    for _ in range(2):
        assert admin().told("POST", path, less, key=key) == {"stock_left": 1}
    assert admin().refused("POST", path, less, key=any_key()) == (409, "insufficient_stock")
    more = {"delta": 2, "reason": "Found"}
    assert admin().refused("POST", path, more, key=any_key()) == (409, "stock_follows_codes")


def should_change_and_stock_what_is_counted_and_keep_a_record_of_it() -> None:
    """A service: drafted, changed, stocked and sold; prices and movements stay on record."""
    member, _ = member_with(100)
    draft = {
        "name": "A massage", "type": "service", "category": "tests", "shards": 2,
        "price": {"points": 0, "cash": {"amount": 9_000, "currency": "JPY"}},
    }  # fmt: skip
    product = admin().told("POST", "/admin/products", draft, key=any_key())["product_id"]
    path = f"/admin/products/{product}"
    change = {"price": {"points": 50}, "limit_per_member": 1, "voucher": {"valid_days": 30}}
    changed = admin().told("PATCH", path, change)
    assert (changed["price"]["version"], changed["limit_per_member"]) == (2, 1)
    assert admin().refused("PATCH", path, {"type": "coupon"}) == (422, "invalid")
    assert Client().refused("GET", f"/products/{product}") == (404, "not_found")
    drafts = admin().told("GET", "/admin/products", status="draft", limit=100)["items"]
    assert product in {each["product_id"] for each in drafts}
    found = {"delta": 3, "reason": "A new therapist"}
    assert admin().told("POST", f"{path}/stock", found, key=any_key()) == {"stock_left": 3}
    admin().told("POST", f"{path}/publish")
    member.told("POST", "/orders", order_of(product, 50), key=any_key())
    again = member.refused("POST", "/orders", order_of(product, 50), key=any_key())
    assert again == (409, "limit_reached")
    assert admin().told("GET", path)["stock_left"] == 2
    log = admin().told("GET", f"{path}/stock")
    assert log["stock"] == [{"sku": "default", "stock_left": 2}]
    assert [line["delta"] for line in log["items"]] == [3]
    prices = admin().told("GET", f"{path}/prices")["items"]
    assert [price["version"] for price in prices] == [2, 1]
    admin().told("POST", f"{path}/delist")


def should_serve_the_contract_of_every_route() -> None:
    """The document names the routes that this stack has."""
    contract = Client().told("GET", "/openapi.json")
    assert {"/v1/orders", "/v1/admin/rules", "/v1/points/discounts"} <= contract["paths"].keys()
