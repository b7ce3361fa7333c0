"""Queue `fulfil`: one code for one unit, once, whatever is delivered twice or too late."""

import json

import pytest
from mall.catalog.codes import CODES_PER_COMMIT_MAX
from mall.catalog.quotes import QUANTITY_MAX

from tests.functional.acts import (
    any_member_with,
    any_product,
    cancel,
    deliver,
    everything,
    fulfil,
    import_codes,
    lose_codes,
    order_of,
    place,
    shelf_holds,
)


def _message(order: str) -> str:
    return json.dumps({"order_id": order, "version": 1})


def should_deliver_one_code_when_the_message_comes_twice() -> None:
    """Case 60, in two batches and within one."""
    member, product = any_member_with(50), any_product()
    order = place(member, product)["order_id"]
    assert deliver("fulfil_order", _message(order), _message(order)) == []
    before = everything()
    assert fulfil(order) == []
    assert everything() == before
    assert len(order_of(member, order)["delivery"]["codes"]) == 1
    assert len([i for i in before["catalog"] if i["pk"].startswith("POOL#")]) == 2


def should_give_no_code_to_two_orders() -> None:
    product = any_product(codes=0)
    codes = import_codes(product, 4)
    given: list[str] = []
    for quantity in (1, 2, 1):
        member = any_member_with(100)
        order = place(member, product, quantity=quantity)["order_id"]
        fulfil(order)
        given += order_of(member, order)["delivery"]["codes"]
    assert sorted(given) == sorted(codes)


def should_deliver_the_largest_order() -> None:
    member, product = any_member_with(QUANTITY_MAX), any_product(1, codes=QUANTITY_MAX, shards=1)
    order = place(member, product, 1, quantity=QUANTITY_MAX)["order_id"]
    assert fulfil(order) == []
    assert len(set(order_of(member, order)["delivery"]["codes"])) == QUANTITY_MAX
    assert QUANTITY_MAX < CODES_PER_COMMIT_MAX  # both bring two items a code into a transaction


def should_not_restock_what_was_delivered() -> None:
    member, product = any_member_with(50), any_product(codes=2)
    fulfil(place(member, product)["order_id"])
    assert shelf_holds(product) == 1


def should_leave_a_cancelled_and_an_unknown_order_alone() -> None:
    member, product = any_member_with(50), any_product()
    order = place(member, product)["order_id"]
    cancel(member, order)
    before = everything()
    assert deliver("fulfil_order", _message(order), _message("unknown")) == []
    assert everything() == before


def should_keep_the_message_of_an_order_whose_codes_are_missing() -> None:
    """It cannot happen while stock follows codes; if it does, that order waits."""
    member, product = any_member_with(150), any_product(codes=3)
    short, served = (
        place(member, product, quantity=2)["order_id"],
        place(member, product)["order_id"],
    )
    lose_codes(2)
    assert fulfil(short) == ["0"]
    assert order_of(member, short)["status"] == "placed"
    assert deliver("fulfil_order", _message(short), _message(served)) == ["0"]
    assert order_of(member, served)["status"] == "fulfilled"
    import_codes(product, 2)
    assert fulfil(short) == []
    assert len(order_of(member, short)["delivery"]["codes"]) == 2


@pytest.mark.parametrize("body", ["", "{", "{}", '{"order_id": 7, "version": 1}', "null"])
def should_report_a_message_that_it_cannot_read(body: str) -> None:
    member = any_member_with(50)
    order = place(member, any_product())["order_id"]
    assert deliver("fulfil_order", body, _message(order)) == ["0"]
    assert order_of(member, order)["status"] == "fulfilled"
