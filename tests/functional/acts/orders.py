"""Redeeming, from a quote to what was delivered."""

from collections.abc import Mapping
from typing import Any

import boto3
from mall.settings import settings

from tests.builders import any_id
from tests.events import Answer, member_claims
from tests.functional.acts.asking import call, deliver, everything
from tests.functional.acts.catalog import any_product


def any_order_request(product: str, points: int = 50, quantity: int = 1) -> dict[str, Any]:
    """A request to redeem points for a product, at this price of one."""
    return {"product_id": product, "quantity": quantity, "price": {"points": points}}


def place(
    member: str, product: str, points: int = 50, quantity: int = 1, key: str | None = None
) -> dict[str, Any]:
    """An order that was placed."""
    answer = try_to_place(member, product, points, quantity, key)
    assert answer.status == 201, answer.body
    order: dict[str, Any] = answer.body
    return order


def try_to_place(
    member: str, product: str, points: int = 50, quantity: int = 1, key: str | None = None
) -> Answer:
    """What a member is answered who redeems points for a product."""
    body = any_order_request(product, points, quantity)
    return call("place_order", member_claims(member), body=body, key=key or any_id())


def quote(member: str, product: str, quantity: int = 1, **changed: object) -> dict[str, Any]:
    """A quote that a member was given."""
    body = {"product_id": product, "quantity": quantity} | changed
    answer = call("quote_product", member_claims(member), body=body)
    assert answer.status == 201, answer.body
    quoted: dict[str, Any] = answer.body
    return quoted


def by_quote(product: str, quoted: Mapping[str, Any], quantity: int = 1) -> dict[str, Any]:
    """A request to redeem a product by a quote."""
    return {"product_id": product, "quantity": quantity, "quote_id": quoted["quote_id"]}


def try_to_order(member: str, body: object, key: str | None = None) -> Answer:
    """What a member is answered to any request to redeem."""
    return call("place_order", member_claims(member), body=body, key=key or any_id())


def cancel(member: str, order: str, key: str | None = None) -> Answer:
    """What a member is answered who cancels an order."""
    path = {"order_id": order}
    return call("cancel_order", member_claims(member), path=path, key=key or any_id())


def fulfil(order: str, version: int = 1, tries: int = 1) -> list[str]:
    """Deliver the message that asks for an order's fulfilment, at this try; what failed."""
    return deliver("fulfil_order", f'{{"order_id": "{order}", "version": {version}}}', tries=tries)


def lose_codes(count: int = 1) -> None:
    """Take so many codes out of the pools. It cannot happen while stock follows codes."""
    free = [item for item in everything()["catalog"] if item["pk"].startswith("POOL#")]
    for item in free[:count]:
        boto3.client("dynamodb").delete_item(
            TableName="catalog", Key={"pk": {"S": item["pk"]}, "sk": {"S": item["sk"]}}
        )


def any_failed_order(member: str) -> str:
    """The id of a member's order whose fulfilment was given up, because its code is gone."""
    order: str = place(member, any_product(codes=1))["order_id"]
    lose_codes()
    assert fulfil(order, tries=settings().receives_max) == []
    return order


def order_of(member: str, order: str) -> dict[str, Any]:
    """An order as its member sees it."""
    answer = call("get_order", member_claims(member), path={"order_id": order})
    assert answer.status == 200, answer.body
    shown: dict[str, Any] = answer.body
    return shown
