"""Where goods go, said after they were ordered: a prize is won before anybody asks."""

from typing import Any

import pytest
from mall.orders.order import ADDRESSABLE
from mall.orders.queueing import signed_id
from mall.orders.states import STATUSES, Status
from mall.secrets import signing_secret

from tests.builders import any_id
from tests.events import Answer, member_claims
from tests.functional.acts import (
    ADMIN,
    any_address,
    any_address_request,
    any_confirmed_member,
    any_member_with,
    any_product,
    call,
    close_account,
    everything,
    fulfil,
    order_of,
)
from tests.functional.lottery.games import NOTHING, any_lottery, draw
from tests.functional.orders.afterlife import ask, goods_at, order_at

PARCEL = {"carrier": "Royal Mail", "tracking_number": "AB 123"}


def _set(order_id: str, member: str, address: str) -> Answer:
    path, body = {"order_id": order_id}, {"address_id": address}
    return call("set_order_address", member_claims(member), path=path, body=body)


def _address_of(order_id: str) -> Any:
    return call("get_admin_order", ADMIN, path={"order_id": order_id}).body.get("address")


def _won() -> tuple[str, str]:
    """A member, and the order of the goods that they won, which waits to be shipped."""
    product, member = any_product(codes=0, type="physical"), any_member_with(100)
    body = {"delta": 1, "reason": "delivered"}
    call("move_stock", ADMIN, path={"product_id": product}, body=body, key=any_id())
    prize = {
        "prize_id": "mug", "name": "Mug", "kind": "product", "weight": 2**52, "stock": 1,
        "product_id": product, "substitute": "nothing",
    }  # fmt: skip
    won = draw(member, any_lottery(prize, NOTHING))
    fulfil(won["order_id"])
    return member, won["order_id"]


def should_send_a_prize_where_its_member_says() -> None:
    member, order = _won()
    assert order_of(member, order)["needs_address"] is True
    path = {"order_id": order}
    early = call("ship_order", ADMIN, path=path, body=PARCEL)
    assert (early.status, early.code) == (409, "address_missing")
    answer = _set(order, member, any_address(member, city="Lyon"))
    assert (answer.status, answer.body["status"]) == (200, "fulfilling")
    assert "needs_address" not in answer.body
    assert _address_of(order)["city"] == "Lyon"
    assert call("ship_order", ADMIN, path=path, body=PARCEL).status == 200


def should_send_it_elsewhere_until_it_is_shipped() -> None:
    member, order = _won()
    for city in ("Lyon", "Nantes"):
        assert _set(order, member, any_address(member, city=city)).status == 200
    assert _address_of(order)["city"] == "Nantes"


def should_keep_its_copy_whatever_becomes_of_the_address() -> None:
    member, order = _won()
    address = any_address(member, city="Lyon")
    _set(order, member, address)
    path = {"address_id": address}
    changed = any_address_request(city="Nantes")
    assert call("change_address", member_claims(member), path=path, body=changed).status == 200
    assert _address_of(order)["city"] == "Lyon"


@pytest.mark.parametrize("status", [s for s in STATUSES if s not in ADDRESSABLE])
def should_refuse_in_another_state(status: Status) -> None:
    order = goods_at(status)
    before = everything()
    answer = _set(order.order_id, order.member, "none")
    assert (answer.status, answer.code, answer.body["order_status"]) == (
        409, "wrong_status", status
    )  # fmt: skip
    assert everything() == before


def should_refuse_what_still_waits_in_line() -> None:
    member = any_confirmed_member()
    answer = _set(signed_id(any_id(), member, signing_secret()), member, "none")
    assert (answer.status, answer.body["order_status"]) == (409, "queued")


def should_refuse_an_address_that_is_not_the_members_own() -> None:
    order = goods_at("fulfilling", address=False)
    for address in ("none", any_address(any_confirmed_member())):
        answer = _set(order.order_id, order.member, address)
        assert (answer.status, answer.fields) == (422, ["address_id"])
    assert ask("ship_order", order, PARCEL).code == "address_missing"


def should_refuse_where_nothing_is_sent() -> None:
    order = order_at("fulfilling")
    answer = _set(order.order_id, order.member, any_address(order.member))
    assert (answer.status, answer.fields) == (422, ["address_id"])


def should_refuse_a_closed_account() -> None:
    order = goods_at("fulfilling", address=False)
    address = any_address(order.member)
    close_account(order.member)
    answer = _set(order.order_id, order.member, address)
    assert (answer.status, answer.code) == (403, "account_closed")
    assert ask("get_admin_order", order).body.get("address") is None


def should_know_no_order_of_somebody_else() -> None:
    order, other = goods_at("fulfilling"), any_confirmed_member()
    for each, member in ((order.order_id, other), ("none", order.member)):
        answer = _set(each, member, any_address(member))
        assert (answer.status, answer.code) == (404, "not_found")
    assert _address_of(order.order_id) is None
