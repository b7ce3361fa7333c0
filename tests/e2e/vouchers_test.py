"""Vouchers on the deployed stack: issued by the queue, used at a checkout, fulfilment retried."""

from dataclasses import replace
from typing import Any

from mall import keys
from mall.orders.items import from_item, to_item
from mall.orders.order import Step
from mall.store.wire import written

from tests.audit import scan
from tests.e2e.aws import dynamodb
from tests.e2e.mall import (
    Client,
    admin,
    any_key,
    any_product,
    checkout,
    eventually,
    member_with,
    order_of,
    stack,
)

_WORTH = {"amount": 500, "currency": "USD"}
_TERMS = {"worth": _WORTH, "valid_days": 30}


def _ordered() -> tuple[Client, str]:
    """A member, and the id of an order of a voucher."""
    product = any_product(0, type="discount", stock_mode="unlimited", voucher=_TERMS)
    member, _ = member_with(100)
    order: str = member.told("POST", "/orders", order_of(product), key=any_key())["order_id"]
    return member, order


def _fulfilled(member: Client, order: str) -> dict[str, Any]:
    return eventually(
        lambda: member.told("GET", f"/orders/{order}"), lambda shown: shown["status"] == "fulfilled"
    )


def should_use_a_voucher_once_at_a_checkout_and_give_it_back() -> None:
    member, order = _ordered()
    code = _fulfilled(member, order)["delivery"]["voucher"]["code"]
    shown = checkout().told("POST", "/vouchers/validate", {"code": code, "amount": 300})
    assert (shown["valid"], shown["worth"], shown["discount"]) == (True, _WORTH, 300)
    body, key = {"code": code, "cart_id": "cart"}, any_key()
    burned = checkout().told("POST", "/vouchers/burn", body, key=key)
    assert checkout().told("POST", "/vouchers/burn", body, key=key) == burned
    refused = checkout().refused("POST", "/vouchers/burn", body, key=any_key())
    assert refused == (409, "voucher_used")
    back = checkout().told("POST", "/vouchers/unburn", body, key=any_key())
    assert back["valid"]


def should_try_a_failed_order_again() -> None:
    """The failure is written into the table, because the queue takes an hour to give up.

    As if it had come first: the voucher that was issued goes too, else the order would have two.
    """
    member, order = _ordered()
    _fulfilled(member, order)
    table = stack()["tables"]["orders"]
    [item] = [each for each in scan(dynamodb(), table) if each["pk"] == keys.order(order)["pk"]]
    found = from_item(item)
    failed = Step(found.history[-1].at, "fulfilment_failed", "system", "unavailable")
    assert found.voucher
    broken = replace(found, history=(*found.history[:2], failed), voucher=None)
    dynamodb().put_item(TableName=table, Item=written(to_item(broken)))
    issued = keys.voucher(found.voucher.mac)
    dynamodb().delete_item(TableName=table, Key=written(issued))
    path = f"/admin/orders/{order}/retry-fulfilment"
    assert admin().told("POST", path)["status"] in {"fulfilling", "fulfilled"}
    assert _fulfilled(member, order)["delivery"]["voucher"]["code"]
