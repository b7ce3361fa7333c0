"""Products, from drafts to empty shelves, and categories."""

import random
from typing import Any

from tests.builders import any_id
from tests.events import Answer
from tests.functional.acts.asking import ADMIN, call


def any_product_request(points: int = 50, **changed: object) -> dict[str, Any]:
    """A request for a new product."""
    return {
        "name": f"Coupon {any_id()[:6]}",
        "type": random.choice(["coupon", "virtual"]),
        "category": "cafe",
        "price": {"points": points, "cash": None},
        "shards": 2,
    } | changed


def any_draft(points: int = 50, **changed: object) -> str:
    """The id of a new product that nobody sees yet."""
    request = any_product_request(points, **changed)
    answer = call("create_product", ADMIN, body=request, key=any_id())
    assert answer.status == 201, answer.body
    product: str = answer.body["product_id"]
    return product


def any_product(points: int = 50, codes: int = 3, **changed: object) -> str:
    """The id of a product on sale with so many codes."""
    product = any_draft(points, **changed)
    publish(product)
    if codes:
        import_codes(product, codes)
    return product


def any_category(category: str = "", **changed: object) -> str:
    """The id of a new category."""
    category = category or f"c-{any_id()[:8]}"
    body = {"category_id": category, "name": category} | changed
    answer = call("create_category", ADMIN, body=body)
    assert answer.status == 201, answer.body
    return category


def publish(product: str) -> dict[str, Any]:
    """The product, on sale."""
    return _changed(call("publish_product", ADMIN, path={"product_id": product}))


def delist(product: str) -> dict[str, Any]:
    """The product, off sale."""
    return _changed(call("delist_product", ADMIN, path={"product_id": product}))


def set_price(product: str, points: int) -> dict[str, Any]:
    """The product at another price."""
    body = {"points": points, "cash": None}
    return _changed(call("set_price", ADMIN, path={"product_id": product}, body=body))


def _changed(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    product: dict[str, Any] = answer.body
    return product


def import_codes(product: str, count: int, **changed: object) -> list[str]:
    """New codes that were imported."""
    codes = [any_id() for _ in range(count)]
    body = {"codes": codes} | changed
    answer = call("import_codes", ADMIN, path={"product_id": product}, body=body, key=any_id())
    assert (answer.status, answer.body["imported"]) == (201, count), answer.body
    return codes


def shelf_holds(product: str) -> int:
    """What is left of a product, as anybody sees it."""
    answer = call("get_product", path={"product_id": product})
    assert answer.status == 200, answer.body
    left: int = answer.body["stock_left"]
    return left
