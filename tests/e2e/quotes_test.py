"""A price promised and kept, and an address book, on the deployed stack."""

from tests.e2e.mall import Client, admin, any_key, any_member, any_product, member_with

ADDRESS = {
    "recipient": "Ada Lovelace",
    "phone": "+12025550123",
    "line1": "12 Byron Row",
    "city": "Nottingham",
    "postal_code": "NG15 6RY",
    "country": "GB",
}


def should_honour_a_quote_when_the_price_rises_and_the_product_goes() -> None:
    """Cases 46 and 48."""
    member, _ = member_with(300)
    product = any_product(codes=3)
    wanted = {"product_id": product, "quantity": 2}
    quoted = member.told("POST", "/quotes", wanted)
    assert (quoted["points"], quoted["cash"]) == (200, None)
    path = f"/admin/products/{product}"
    admin().told("PUT", f"{path}/price", {"points": 150, "cash": None})
    admin().told("POST", f"{path}/delist")
    by_quote = wanted | {"quote_id": quoted["quote_id"]}
    stranger, _ = any_member()
    refusal = stranger.refused("POST", "/orders", by_quote, key=any_key())
    assert refusal == (409, "bad_quote")
    order = member.told("POST", "/orders", by_quote, key=any_key())
    assert (order["status"], order["points"]) == ("placed", 200)
    assert member.told("GET", "/points/balance")["available"] == 100
    assert member.refused("POST", "/quotes", wanted) == (409, "not_on_sale")


def should_keep_an_address_book() -> None:
    member, _ = any_member()
    added = member.told("POST", "/me/addresses", ADDRESS)
    path = f"/me/addresses/{added['address_id']}"
    moved = member.told("PUT", path, ADDRESS | {"line1": "1 Elsewhere", "country": "DE"})
    assert member.told("GET", "/me/addresses") == {"items": [moved], "next_cursor": None}
    stranger, _ = any_member()
    assert stranger.refused("DELETE", path) == (404, "not_found")
    assert Client().ask("GET", "/me/addresses").status_code == 401
    member.told("DELETE", path)
    assert member.told("GET", "/me/addresses")["items"] == []
