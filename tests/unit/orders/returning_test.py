"""Goods on their way back: what a member may ask to return, and what goes on the shelf again."""

from dataclasses import replace
from typing import Any

import pytest
from mall import keys
from mall.errors import AccountClosed, Invalid, WrongStatus
from mall.orders import returning
from mall.orders.order import Order, Refund, Step
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


# --- the rest of the units -----------------------------------------------------------------------


def _delivered(*statuses: Status, units: int = 3, **changed: Any) -> Order:
    """Three pieces of goods that were shipped and went on from there."""
    facts: dict[str, Any] = {"points": 300, "quantity": units} | changed
    order = order_at("shipped", **facts)
    steps = tuple(Step(order.placed_at, status, "operator:o") for status in statuses)
    return replace(order, history=(*order.history, *steps))


@pytest.mark.parametrize("status", ["returned", "refunded"])
def should_be_asked_for_the_rest_once_the_first_part_is_in_hand(status: Status) -> None:
    """The order stays where it is, and says whose wish it was."""
    path: tuple[Status, ...] = ("return_requested", "returned", "refunded")
    walked = path[: path.index(status) + 1]
    order = _delivered(*walked, returning=1, returned=1)
    wanted = returning.asked(order, _request())
    _, after = returning.ask(order, wanted, None, NOW)
    assert (wanted.units, after.returning, after.awaited) == (2, 3, 2)
    assert after.history[-1] == Step(after.history[-1].at, status, "member", "return_requested")


def should_ask_for_no_more_units_than_are_left() -> None:
    order = _delivered("return_requested", "returned", returning=2, returned=2)
    with pytest.raises(Invalid) as refused:
        returning.asked(order, _request(("red", 2)))
    assert [fault["field"] for fault in refused.value.faults] == ["lines.0.quantity"]
    assert returning.asked(order, _request(("red", 1))).units == 1


@pytest.mark.parametrize(
    "order",
    [
        _delivered("return_requested", returning=1),
        _delivered("return_requested", "returned", returning=1),
        _delivered("return_requested", "returned", returning=3, returned=3),
        _delivered(
            "return_requested", "returned", "refunded",
            refunds=(Refund("r", 0, 300, 0, "all of it"),),
        ),
        replace(order_at("fulfilment_failed"), returning=0),
    ],
    ids=["on_its_way", "not_in_hand", "no_unit_left", "nothing_to_refund", "not_delivered"],
)  # fmt: skip
def should_not_be_asked_for_more_while_or_where_that_is_nothing(order: Order) -> None:
    with pytest.raises(WrongStatus):
        returning.ask(order, returning.asked(order, _request()), None, NOW)


def should_put_the_rest_on_the_shards_that_gave_it() -> None:
    """Whatever is taken in when, no shard gets more back than it gave."""
    order = order_at("return_requested", returning=1, points=300)
    order = replace(order, history=(order.history[0], Step(0, "shipped", "o"), order.history[1]))
    _, order = returning.accept(order, NOW, actor="operator:o", restock=True)
    _, order = returning.ask(order, Asked(2, "too"), None, NOW)
    writes, order = returning.accept(order, NOW, actor="operator:o", restock=True, returned=3)
    assert {write.key["pk"]: write.values["units"] for write in writes[1:]} == {
        keys.stock(order.product_id, "red", shard)["pk"]: 1 for shard in (0, 5)
    }
    assert (order.status, order.returned, order.restocked, order.awaited) == ("returned", 3, 3, 0)


@pytest.mark.parametrize("restock", [True, False])
def should_take_nothing_in_by_a_repetition_that_was_asked_for_since(restock: bool) -> None:
    order = order_at("return_requested", returning=1, points=300)
    order = replace(order, history=(order.history[0], Step(0, "shipped", "o"), order.history[1]))
    _, first = returning.accept(order, NOW, actor="operator:o", restock=restock)
    _, more = returning.ask(first, Asked(1, "too"), None, NOW)
    for returned in (None, 1, 3):
        with pytest.raises(Invalid):
            returning.accept(more, NOW, actor="operator:o", restock=restock, returned=returned)
    _, second = returning.accept(more, NOW, actor="operator:o", restock=restock, returned=2)
    assert (second.status, second.returned) == ("returned", 2)
    for returned in (None, 2):
        again = returning.accept(second, NOW, actor="o", restock=restock, returned=returned)
        assert again == ([], second)


def should_keep_the_words_of_each_return() -> None:
    order = _delivered("return_requested", "returned", returning=1, returned=1)
    order = replace(order, history=(*order.history[:2], Step(0, "return_requested", "member")))
    order = order.stepped("returned", NOW, "operator:o")
    before = returning.note_id(order)
    (_, _, words), after = returning.ask(order, Asked(1, "my back hurts"), None, NOW)
    assert words.key == keys.note(order.member, returning.note_id(after))
    assert returning.note_id(after) != before == f"return.{order.order_id}"


def should_refuse_goods_that_nobody_asked_to_return() -> None:
    for status in {*STATUSES} - {"return_requested", "returned"}:
        with pytest.raises(WrongStatus) as refused:
            returning.accept(order_at(status), NOW, actor="operator:o", restock=False)
        assert refused.value.facts == {"order_status": status}
