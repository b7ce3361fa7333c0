"""GET /v1/orders/{order_id}: history and codes, for the order's own member."""

import boto3
import pytest

from tests.events import member_claims
from tests.functional.acts import (
    ADMIN,
    any_confirmed_member,
    any_member_with,
    any_product,
    call,
    fulfil,
    import_codes,
    order_of,
    place,
)


def should_show_a_placed_order_without_a_delivery() -> None:
    member = any_member_with(50)
    order = place(member, any_product())
    shown = order_of(member, order["order_id"])
    history = [{"at": order["placed_at"], "status": "placed", "actor": "member"}]
    assert shown == order | {"history": history, "refunds": []}


def should_show_the_codes_of_a_fulfilled_order_to_its_member() -> None:
    member, product = any_member_with(100), any_product(codes=0)
    codes = import_codes(product, 3)
    order = place(member, product, quantity=2)["order_id"]
    assert fulfil(order) == []
    shown = order_of(member, order)
    assert shown["status"] == "fulfilled"
    assert [step["status"] for step in shown["history"]] == ["placed", "fulfilling", "fulfilled"]
    given = shown["delivery"]["codes"]
    assert len(set(given)) == 2
    assert set(given) < set(codes)


def should_keep_the_codes_sealed_in_the_tables() -> None:
    member, product = any_member_with(50), any_product(codes=0)
    (code,) = import_codes(product, 1)
    fulfil(place(member, product)["order_id"])
    client = boto3.client("dynamodb")
    for table in ("orders", "catalog"):
        assert code not in str(client.scan(TableName=table)["Items"])


@pytest.mark.parametrize("who", ["another member", "an admin", "nobody's order"])
def should_not_know_an_order_that_is_not_the_callers(who: str) -> None:
    owner = any_member_with(50)
    order = place(owner, any_product())["order_id"]
    claims = ADMIN if who == "an admin" else member_claims(any_confirmed_member())
    asked = "unknown" if who == "nobody's order" else order
    answer = call("get_order", claims, path={"order_id": asked})
    assert (answer.status, answer.code) == (404, "not_found")
    assert answer.body["detail"] == "There is no such order."


@pytest.mark.parametrize("order_id", ["x" * 65, "x" * 3000, "a b", "a#b"])
def should_refuse_what_cannot_be_an_id(order_id: str) -> None:
    claims = member_claims(any_confirmed_member())
    answer = call("get_order", claims, path={"order_id": order_id})
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["order_id"])
