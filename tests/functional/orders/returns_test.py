"""Returns: a member asks, an operator takes the goods in, and only then a refund is due."""

import pytest
from mall import keys
from mall.orders.returning import note_id
from mall.orders.states import RETURNABLE, STATUSES, Status
from mall.store import open_store
from mall.writes import delete

from tests.builders import any_id
from tests.events import Answer, member_claims
from tests.functional.acts import (
    any_confirmed_member,
    available,
    call,
    close_account,
    everything,
    shelf_holds,
)
from tests.functional.orders.afterlife import ask, goods_at, order_at, refund, stored
from tests.functional.precedence import Told, each_first


def _return(order_id: str, member: str, key: str | None = None, **wanted: object) -> Answer:
    return ask(
        "request_return", order_id, {"reason": "too big"} | wanted, key, member_claims(member)
    )


@pytest.mark.parametrize("status", RETURNABLE)
def should_be_asked_for_what_was_delivered(status: Status) -> None:
    order = goods_at(status)
    answer = _return(order.order_id, order.member)
    assert (answer.status, answer.body["status"]) == (200, "return_requested")
    last = answer.body["history"][-1]
    assert (last["actor"], "reason" in last) == ("member", False)
    assert stored(order.order_id).returning == 1


def should_keep_the_reason_with_the_member_and_show_it_to_operators() -> None:
    order = goods_at("shipped")
    _return(order.order_id, order.member, reason="my knee hurts")
    tables = everything()
    assert "my knee hurts" in str(tables["users"])
    assert "my knee hurts" not in str([tables[name] for name in ("orders", "points", "catalog")])
    shown = ask("get_admin_order", order).body
    assert shown["returning"] == {"units": 1, "reason": "my knee hurts"}


def should_take_goods_in_and_put_them_on_the_shelf_again() -> None:
    order = goods_at("fulfilling", "shipped", quantity=3)
    lines = [{"sku": "default", "quantity": 2}]
    assert _return(order.order_id, order.member, lines=lines).status == 200
    assert shelf_holds(order.product_id) == 0
    answer = ask("accept_return", order, {"restock": True})
    assert (answer.status, answer.body["status"], answer.body["restocked"]) == (200, "returned", 2)
    assert shelf_holds(order.product_id) == 2
    before = everything()
    assert ask("accept_return", order, {"restock": True}).body == answer.body
    assert everything() == before
    assert refund(order).status == 200
    assert shelf_holds(order.product_id) == 2


def should_take_back_one_unit_after_the_other() -> None:
    """Refunds in parts sum exactly, the last takes the remainder, and then nothing is left."""
    order = goods_at("fulfilling", "shipped", quantity=2)
    one = [{"sku": "default", "quantity": 1}]
    assert _return(order.order_id, order.member, lines=one).status == 200
    open_one = _return(order.order_id, order.member, lines=one)
    assert (open_one.code, open_one.body["order_status"]) == ("wrong_status", "return_requested")
    assert ask("accept_return", order, {"restock": True}).body["awaited"] == 0
    assert refund(order, points=33).status == 200
    before = available(order.member)
    again = _return(order.order_id, order.member, reason="the other one, too")
    assert (again.status, again.body["status"]) == (200, "refunded")
    assert again.body["history"][-1]["reason"] == "return_requested"
    shown = ask("get_admin_order", order).body
    assert shown["returning"] == {"units": 2, "reason": "the other one, too"}
    assert (shown["awaited"], shelf_holds(order.product_id)) == (1, 2)
    late = everything()
    repeated = ask("accept_return", order, {"restock": True})
    assert (repeated.status, repeated.fields) == (422, ["returned"])
    assert everything() == late
    answer = ask("accept_return", order, {"restock": True, "returned": 2})
    assert (answer.body["status"], answer.body["restocked"]) == ("refunded", 2)
    assert shelf_holds(order.product_id) == 3
    assert ask("accept_return", order, {"restock": True, "returned": 2}).body == answer.body
    assert refund(order, points=68).code == "refund_exceeds"
    assert refund(order).status == 200
    assert available(order.member) == before + 67
    assert _return(order.order_id, order.member).code == "wrong_status"


def should_wait_no_more_for_what_was_refunded_on_its_way() -> None:
    """An operator who refunds without taking goods in has them, or wants none."""
    order = goods_at("fulfilling", "shipped", quantity=2)
    _return(order.order_id, order.member, lines=[{"sku": "default", "quantity": 1}])
    assert refund(order, points=50).body["awaited"] == 0
    assert _return(order.order_id, order.member).status == 200
    assert ask("get_admin_order", order).body["awaited"] == 1


def should_leave_broken_goods_off_the_shelf() -> None:
    order = goods_at("shipped")
    _return(order.order_id, order.member)
    assert ask("accept_return", order, {"restock": False}).body["restocked"] == 0
    assert shelf_holds(order.product_id) == 2
    again = ask("accept_return", order, {"restock": True})
    assert (again.status, again.code, again.body["order_status"]) == (
        409, "wrong_status", "returned"
    )  # fmt: skip


def should_never_sell_a_delivered_code_again() -> None:
    order = order_at("fulfilling", "fulfilled")
    _return(order.order_id, order.member)
    before = everything()
    answer = ask("accept_return", order, {"restock": True})
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["restock"])
    assert everything() == before


def should_refuse_lines_that_are_not_of_the_order() -> None:
    order = goods_at("shipped", quantity=2)
    for line, field in (
        ({"sku": "other", "quantity": 1}, "lines.0.sku"),
        ({"sku": "default", "quantity": 3}, "lines.0.quantity"),
    ):
        answer = _return(order.order_id, order.member, lines=[line])
        assert (answer.status, answer.fields) == (422, [field])


@pytest.mark.parametrize("status", [s for s in STATUSES if s not in RETURNABLE])
def should_not_be_asked_for_in_another_state(status: Status) -> None:
    order = goods_at(status)
    before = everything()
    answer = _return(order.order_id, order.member)
    assert (answer.status, answer.code) == (409, "wrong_status")
    assert answer.body["order_status"] == status
    assert everything() == before


PRECEDENCE = [
    (403, "forbidden"),
    (422, "invalid"),
    (400, "idempotency_key_required"),
    (404, "not_found"),
    (409, "wrong_status"),
    (403, "account_closed"),
]


@each_first(PRECEDENCE)
def should_tell_the_first_refusal_and_write_nothing(told: Told, wrong: list[str]) -> None:
    """Each row is wrong in its own way and in every later one."""
    order = goods_at("placed" if "wrong_status" in wrong else "shipped")
    close_account(order.member)
    before = everything()
    answer = call(
        "request_return",
        None if "forbidden" in wrong else member_claims(order.member),
        path={"order_id": "unknown" if "not_found" in wrong else order.order_id},
        body={} if "invalid" in wrong else {"reason": "x"},
        key=None if "idempotency_key_required" in wrong else any_id(),
    )
    assert (answer.status, answer.code) == told
    assert everything() == before


def should_not_know_another_members_order() -> None:
    order = goods_at("shipped")
    answer = _return(order.order_id, any_confirmed_member())
    assert (answer.status, answer.code) == (404, "not_found")


def should_answer_a_retry_as_before_and_refuse_another_request() -> None:
    """Cases 36 and 37; the receipt holds no word of the reason."""
    order = goods_at("shipped")
    first = _return(order.order_id, order.member, "k", reason="my knee hurts")
    before = everything()
    again = _return(order.order_id, order.member, "k", reason="my knee hurts")
    assert (again.status, again.body) == (200, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    other = _return(order.order_id, order.member, "k", reason="another")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert everything() == before


def should_show_no_reason_once_it_was_erased() -> None:
    order = goods_at("shipped")
    _return(order.order_id, order.member)
    store = open_store()
    store.transact([delete("users", keys.note(order.member, note_id(order)))])
    assert ask("get_admin_order", order).body["returning"] == {"units": 1, "reason": None}


# --- an operator's side --------------------------------------------------------------------------


def should_take_in_nothing_that_nobody_sent_back() -> None:
    order = goods_at("shipped")
    before = everything()
    answer = ask("accept_return", order, {"restock": False})
    assert (answer.status, answer.code) == (409, "wrong_status")
    assert answer.body["order_status"] == "shipped"
    assert ask("accept_return", "unknown", {"restock": False}).code == "not_found"
    assert ask("accept_return", order, {}).fields == ["restock"]
    assert call("accept_return", None, path={"order_id": "x"}, body={}).code == "forbidden"
    assert everything() == before
