"""POST /v1/quotes: a price promised to one member, for some minutes."""

from typing import Any

import pytest
from mall.clock import instant

from tests.builders import any_id
from tests.events import Answer, member_claims
from tests.functional.acts import (
    any_confirmed_member,
    any_draft,
    any_member_with,
    any_product,
    call,
    delist,
    everything,
    publish,
    quote,
    set_price,
    set_program,
)
from tests.functional.times import DAY, MINUTE, NOON, Time

GOLD = [{"tier_id": "gold", "name": "Gold", "threshold": 100}]


def _try(product: str, member: str = "", quantity: object = 1, **changed: object) -> Answer:
    body = {"product_id": product, "quantity": quantity} | changed
    return call("quote_product", member_claims(member or any_confirmed_member()), body=body)


def should_promise_the_price_of_the_whole_quantity_and_write_nothing() -> None:
    product = any_product(50, codes=0)
    set_price(product, 70)
    member = any_confirmed_member()
    before = everything()
    answer = _try(product, member, quantity=3)
    assert answer.status == 201
    assert answer.body == {
        "quote_id": answer.body["quote_id"],
        "points": 210,
        "cash": None,
        "expires_at": instant(NOON + 15 * MINUTE),
    }
    assert everything() == before


def should_promise_the_cash_part_too() -> None:
    product = any_product(codes=0, price={"points": 5, "cash": {"amount": 1250, "currency": "KWD"}})
    answer = _try(product, quantity=20)
    assert (answer.body["points"], answer.body["cash"]) == (
        100,
        {"amount": 25_000, "currency": "KWD"},
    )


def should_keep_short_enough_what_an_order_sends_back() -> None:
    variants = [{"sku": "S" * 40, "name": "Small"}]
    price = {"points": 2**53 - 1, "cash": {"amount": 2**53 - 1, "currency": "USD"}}
    product = any_product(codes=0, price=price, variants=variants)
    assert len(quote(any_confirmed_member(), product)["quote_id"]) < 400


def should_go_by_no_snapshot_that_is_remembered() -> None:
    """A quote of the old price would outlive the change of it by a quarter of an hour."""
    member, product = any_confirmed_member(), any_product(50)
    assert quote(member, product)["points"] == 50
    set_price(product, 70)
    assert quote(member, product)["points"] == 70
    delist(product)
    assert _try(product, member).code == "not_on_sale"
    publish(product)
    assert quote(member, product)["points"] == 70


def should_quote_only_what_is_seen_and_on_sale(time: Time) -> None:
    begin, end = NOON + DAY, NOON + 2 * DAY
    product = any_product(codes=0, on_sale_from=instant(begin), on_sale_until=instant(end))
    for at, status in ((begin - 1, 409), (begin, 201), (end - 1, 201), (end, 409)):
        time.set(at)
        assert _try(product).status == status
    for unknown in (any_id(), any_draft()):
        answer = _try(unknown)
        assert (answer.status, answer.code) == (404, "not_found")


def should_ask_for_the_tier_that_the_product_is_for() -> None:
    set_program(tiers=GOLD)
    product = any_product(codes=0, tiers=["gold", "diamond"])
    answer = _try(product, any_member_with(99))
    assert (answer.status, answer.code) == (409, "tier_required")
    assert answer.body["tiers"] == ["gold", "diamond"]
    assert _try(product, any_member_with(100)).status == 201


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        *(("quantity", {"quantity": value}) for value in (0, -1, 21, 1.0, "1", True, None)),
        ("sku", {"sku": "XL"}),
        ("sku", {"sku": ""}),
        ("product_id", {"product_id": ""}),
        ("price", {"price": {"points": 1}}),
    ],
)
def should_refuse_what_cannot_be_quoted(field: str, changed: dict[str, Any]) -> None:
    product = any_product(codes=0)
    answer = _try(product, **changed)
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", [field])


def should_refuse_a_total_that_no_client_could_read() -> None:
    product = any_product(2**52, codes=0)
    answer = _try(product, quantity=2)
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["quantity"])


def should_ask_for_the_sku_where_there_are_several() -> None:
    variants = [{"sku": "S", "name": "Small"}, {"sku": "L", "name": "Large"}]
    product = any_product(codes=0, variants=variants)
    assert _try(product).fields == ["sku"]
    assert _try(product, sku="L").status == 201
