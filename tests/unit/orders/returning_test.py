"""Goods on their way back: what a member may ask to return, and what goes on the shelf again."""

from dataclasses import replace
from typing import Any

import pytest
from mall import keys
from mall.errors import AccountClosed, Invalid, WrongStatus
from mall.orders import returning
from mall.orders.order import Order, Step
from mall.orders.requests import ReturnRequest
from mall.orders.returning import Asked
from mall.orders.states import RETURNABLE, STATUSES, Status
from mall.points.ledger import close, open_posting
from mall.points.ledger.entry import Source
from pydantic import ValidationError

from tests.builders import any_instant, any_order

NOW = any_instant()


def order_at(status: Status, reason: str = "", **changed: Any) -> Order:
    """Three pieces of goods, of two shards, that have come to a state."""
    facts: dict[str, Any] = {
        "product_type": "physical",
        "quantity": 3,
        "sku": "red",
        "taken": {"0": 2, "5": 1},
    }
    order = replace(any_order(), **facts | changed)
    return replace(order, history=(*order.history, Step(order.placed_at, status, "member", reason)))


def _request(*lines: tuple[str, int]) -> ReturnRequest:
    named = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
    return ReturnRequest.model_validate({"reason": "too big"} | ({"lines": named} if named else {}))


@pytest.mark.parametrize(
    ("lines", "units"),
    [((), 3), ((("red", 2),), 2), ((("red", 1), ("red", 2)), 3)],
)
def should_be_about_the_lines_or_about_everything(
    lines: tuple[tuple[str, int], ...], units: int
) -> None:
    wanted = returning.asked(order_at("shipped"), _request(*lines))
    assert wanted == Asked(units, "too big")


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ((("blue", 1),), "lines.0.sku"),
        ((("red", 1), ("blue", 1)), "lines.1.sku"),
        ((("red", 4),), "lines.0.quantity"),
        ((("red", 2), ("red", 2)), "lines.1.quantity"),
    ],
)
def should_refuse_lines_that_are_not_of_the_order(
    lines: tuple[tuple[str, int], ...], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        returning.asked(order_at("shipped"), _request(*lines))
    assert [fault["field"] for fault in refused.value.faults] == [field]


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": []},
        {"lines": [{"sku": "red", "quantity": 0}]},
        {"lines": [{"sku": "red"}]},
        {"reason": ""},
        {"reason": "x" * 121},
    ],
)
def should_refuse_what_is_no_request(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ReturnRequest.model_validate({"reason": "x"} | wrong)


def should_be_asked_for_by_whoever_has_the_goods() -> None:
    for status in STATUSES:
        order = order_at(status)
        if status in RETURNABLE:
            _, after = returning.ask(order, Asked(2, "x"), None, NOW)
            assert (after.status, after.returning) == ("return_requested", 2)
            continue
        with pytest.raises(WrongStatus) as refused:
            returning.ask(order, Asked(2, "x"), None, NOW)
        assert refused.value.facts == {"order_status": status}


def should_keep_the_members_words_where_an_erasure_finds_them() -> None:
    order = order_at("shipped")
    (changed, chain, words), after = returning.ask(order, Asked(3, "my back hurts"), None, NOW)
    assert (words.table, words.key["pk"]) == ("users", keys.person(order.member))
    assert words.item["text"] == "my back hurts"
    assert "my back hurts" not in str((changed, chain, after))
    assert (chain.action, chain.key) == ("ConditionCheck", keys.entry(order.member, 1))


def should_not_be_asked_for_from_a_closed_account() -> None:
    order = order_at("shipped")
    posting = open_posting(order.member, None, NOW)
    close(posting, Source("user", order.member), "admin")
    with pytest.raises(AccountClosed):
        returning.ask(order, Asked(3, "x"), posting.entries[-1], NOW)


@pytest.mark.parametrize(("units", "shelved"), [(3, {0: 2, 5: 1}), (2, {0: 2}), (1, {0: 1})])
def should_put_what_came_back_on_the_shards_that_gave_it(
    units: int, shelved: dict[int, int]
) -> None:
    order = order_at("return_requested", returning=units)
    writes, after = returning.accept(order, NOW, actor="operator:o", restock=True)
    assert {write.key["pk"]: write.values["units"] for write in writes[1:]} == {
        keys.stock(order.product_id, "red", shard)["pk"]: part for shard, part in shelved.items()
    }
    assert (after.status, after.restocked, after.history[-1].reason) == (
        "returned", units, "restocked"
    )  # fmt: skip


def should_put_nothing_on_the_shelf_unless_told_to() -> None:
    order = order_at("return_requested", returning=3)
    writes, after = returning.accept(order, NOW, actor="operator:o", restock=False)
    assert [write.table for write in writes] == ["orders"]
    assert (after.status, after.restocked) == ("returned", 0)


def should_count_nothing_where_nothing_was_counted() -> None:
    order = order_at("return_requested", returning=3, taken={})
    writes, after = returning.accept(order, NOW, actor="operator:o", restock=True)
    assert ([write.table for write in writes], after.restocked) == (["orders"], 0)


@pytest.mark.parametrize("kind", ["coupon", "virtual", "service", "discount"])
def should_never_sell_again_what_somebody_has_seen(kind: str) -> None:
    order = order_at("return_requested", returning=3, product_type=kind)
    with pytest.raises(Invalid) as refused:
        returning.accept(order, NOW, actor="operator:o", restock=True)
    assert [fault["field"] for fault in refused.value.faults] == ["restock"]
    _, after = returning.accept(order, NOW, actor="operator:o", restock=False)
    assert after.status == "returned"


def should_take_goods_in_once() -> None:
    for restock in (True, False):
        order = order_at("return_requested", returning=3)
        _, taken_in = returning.accept(order, NOW, actor="operator:o", restock=restock)
        again = returning.accept(taken_in, NOW, actor="operator:p", restock=restock)
        assert again == ([], taken_in)
        with pytest.raises(WrongStatus):
            returning.accept(taken_in, NOW, actor="operator:p", restock=not restock)


def should_refuse_goods_that_nobody_asked_to_return() -> None:
    for status in {*STATUSES} - {"return_requested", "returned"}:
        with pytest.raises(WrongStatus) as refused:
            returning.accept(order_at(status), NOW, actor="operator:o", restock=False)
        assert refused.value.facts == {"order_status": status}
