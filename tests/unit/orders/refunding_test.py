"""Refunds: parts that sum exactly to the order, lot by lot and cent by cent, and the way there."""

import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from mall.errors import NotInParts, NotRefundable, RefundExceeds, TooManyRefunds, VoucherUsed
from mall.money import Money
from mall.orders import refunding
from mall.orders.items import to_item
from mall.orders.order import Order, Refund, Step, Voucher
from mall.orders.refunding import PARTS_MAX, REFUNDS_MAX, booked, left_of, part_of
from mall.orders.requests import RefundRequest
from mall.orders.settling import handed_over
from mall.orders.states import STATUSES, Status, way_to_refund
from mall.points import ledger
from mall.points.ledger.chain import verify
from mall.points.ledger.entry import Entry, Lots, Source, from_item
from mall.points.ledger.lots import last_of
from pydantic import ValidationError

from tests.builders import any_id, any_instant, any_lots, any_order, lot

NOW = any_instant()
FIRST, SECOND, THIRD = (lot(day) for day in ("20980101", "20980201", "20980301"))
GONE = lot("20200101")


def order_at(status: Status, **changed: Any) -> Order:
    """An order of 60 points that has come to a state."""
    order = replace(any_order(), points=60, spent_revision=2, **changed)
    return replace(order, history=(*order.history, Step(order.placed_at, status, "system")))


def paid_in_cash(order: Order, amount: int = 500) -> Order:
    """The same with a cash part that was paid."""
    at = order.placed_at
    before = (Step(at, "pending_payment", "member"), Step(at, "placed", "system", "paid"))
    return replace(order, cash=Money(amount, "USD"), history=(*before, *order.history[1:]))


def chain_of(order: Order, lots: Lots) -> list[Entry]:
    """What a member did who earned these lots and spent all of them on the order."""
    posting = ledger.open_posting(order.member, None, 0)
    ledger.credit_lots(posting, "earn", lots, Source("purchase", "p"))
    ledger.spend(posting, "redeem", sum(lots.values()), Source("order", order.order_id))
    return posting.entries


def refunded(order: Order, chain: list[Entry], reissue: Any = None, **wanted: Any) -> Order:
    """The order after a refund, whose entries are appended to the chain."""
    back = refunding.asked(
        order, RefundRequest.model_validate({"reason": "broken"} | wanted), "r", reissue
    )
    writes, after = refunding.refund(order, chain[1], chain[-1], NOW, back, actor="operator:o")
    written = (write.item for write in writes if write.table == "points")
    chain += [from_item(item) for item in written if "kind" in item]
    return after


# --- which lots a part fills ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "points", "part"),
    [
        (0, 10, {THIRD: 10}),
        (0, 30, {THIRD: 30}),
        (0, 35, {THIRD: 30, SECOND: 5}),
        (35, 10, {SECOND: 10}),
        (35, 20, {SECOND: 15, FIRST: 5}),
        (55, 5, {FIRST: 5}),
        (0, 60, {FIRST: 10, SECOND: 20, THIRD: 30}),
        (60, 0, {}),
    ],
)
def should_fill_the_latest_lot_first_and_go_on_where_the_last_part_ended(
    given: int, points: int, part: Mapping[str, int]
) -> None:
    assert part_of({FIRST: 10, SECOND: 20, THIRD: 30}, given, points) == part


@pytest.mark.parametrize("_", range(300))
def should_sum_exactly_whatever_the_parts(_: int) -> None:
    """Case 25: any sequence of parts gives every lot what it gave, and the last the remainder."""
    allocation = any_lots(random.randint(1, 8))
    total, given = sum(allocation.values()), 0
    sums: Counter[str] = Counter()
    while given < total:
        points = random.randint(1, total - given)
        part = part_of(allocation, given, points)
        assert sum(part.values()) == points
        assert min(part.values()) > 0
        sums.update(part)
        given += points
        assert sums == last_of(allocation, given)
    assert dict(sums) == dict(allocation)


# --- what may be refunded ------------------------------------------------------------------------


def should_refuse_the_states_that_nothing_leads_back_from() -> None:
    for status in STATUSES:
        if not way_to_refund(status):
            with pytest.raises(NotRefundable) as refused:
                refunding.asked(order_at(status), RefundRequest(reason="x"), "r", None)
            assert refused.value.facts == {"order_status": status}


def should_give_back_all_that_is_left_where_nothing_is_named() -> None:
    order = paid_in_cash(order_at("fulfilled"))
    chain = chain_of(order, {THIRD: 60})
    back = refunding.asked(order, RefundRequest(reason="x"), "r", None)
    assert (back.points, back.cash_amount) == (60, 500)
    part = refunded(order, chain, points=10, cash_amount=100)
    back = refunding.asked(part, RefundRequest(reason="x"), "r", None)
    assert (back.points, back.cash_amount) == (50, 400)


@pytest.mark.parametrize(
    "wanted", [{"points": 51}, {"cash_amount": 401}, {"points": 1, "cash_amount": 401}]
)
def should_say_what_is_left_where_more_is_asked(wanted: dict[str, Any]) -> None:
    order = paid_in_cash(order_at("fulfilled"))
    part = refunded(order, chain_of(order, {THIRD: 60}), points=10, cash_amount=100)
    with pytest.raises(RefundExceeds) as refused:
        refunding.asked(part, RefundRequest.model_validate({"reason": "x"} | wanted), "r", None)
    assert refused.value.facts == {"points_left": 50, "amount_left": 400}


@pytest.mark.parametrize("wanted", [{"points": 60}, {"cash_amount": 500}, {"points": 59}])
def should_give_back_the_whole_of_what_was_never_delivered(wanted: dict[str, Any]) -> None:
    """A refund ends the order, so nothing of it may stay behind."""
    order = paid_in_cash(order_at("fulfilment_failed"))
    with pytest.raises(NotInParts) as refused:
        refunding.asked(order, RefundRequest.model_validate({"reason": "x"} | wanted), "r", None)
    assert refused.value.facts == {"points_left": 60, "amount_left": 500}
    for whole in ({}, {"points": 60, "cash_amount": 500}):
        request = RefundRequest.model_validate({"reason": "x"} | whole)
        assert refunding.asked(order, request, "r", None).points == 60


def should_keep_an_order_of_as_many_refunds_as_there_may_be_small() -> None:
    """Of the longest reasons, each with its step and the provider's word."""
    order = paid_in_cash(order_at("returned"), 1_000)
    reason, part = "\N{MONEY BAG}" * 120, RefundRequest(reason="x", cash_amount=1)
    for number in range(REFUNDS_MAX):
        if number == PARTS_MAX:
            with pytest.raises(TooManyRefunds) as refused:
                refunding.asked(order, part, "r", None)
            assert refused.value.facts == {"limit": PARTS_MAX}
        asked = part if number < PARTS_MAX else RefundRequest(reason="x")
        back = refunding.asked(order, asked, f"{number:026}", None)
        back = replace(back, cash_amount=1, reason=reason)
        order = booked(order.stepped("refunded", NOW, f"operator:{any_id()}", reason), back)
        order = handed_over(order, back.refund_id, given=True, now=NOW).order
    with pytest.raises(TooManyRefunds) as refused:
        refunding.asked(order, RefundRequest(reason="x"), "r", None)
    assert refused.value.facts == {"limit": REFUNDS_MAX}
    item = json.dumps(to_item(order), default=str, ensure_ascii=False)
    assert 100_000 < len(item.encode()) < 200_000


def should_refund_nothing_twice() -> None:
    order = order_at("fulfilled")
    whole = refunded(order, chain_of(order, {THIRD: 60}))
    with pytest.raises(RefundExceeds):
        refunding.asked(whole, RefundRequest(reason="again"), "r", None)


def should_give_back_no_cash_that_was_never_paid() -> None:
    unpaid = replace(order_at("fulfilled"), cash=Money(500, "USD"))
    assert left_of(unpaid) == (60, 0)
    with pytest.raises(RefundExceeds):
        refunding.asked(unpaid, RefundRequest(reason="x", cash_amount=1), "r", None)


def should_offer_cash_again_that_the_provider_refused_to_hand_over() -> None:
    order = paid_in_cash(order_at("fulfilled"))
    after = refunded(order, chain_of(order, {THIRD: 60}), cash_amount=500)
    assert left_of(after) == (60, 0)
    [refund] = after.refunds
    assert left_of(replace(after, refunds=(replace(refund, money="failed"),))) == (60, 500)


@pytest.mark.parametrize("late", [False, True])
def should_offer_again_the_cash_of_a_cancelled_order_that_failed(late: bool) -> None:
    order = order_at("cancelled")
    order = replace(order, cash=Money(500, "USD")) if late else paid_in_cash(order)
    refund_id = order.late_refund_id if late else "x.cancel"
    failed = Refund(refund_id, NOW, 0 if late else 60, 500, "r", money="failed")
    order = replace(order, refunds=(failed,))
    chain = chain_of(order, {THIRD: 60})
    with pytest.raises(RefundExceeds) as refused:
        refunding.asked(order, RefundRequest(reason="x", points=1), "r", None)
    assert refused.value.facts == {"points_left": 0, "amount_left": 500}
    with pytest.raises(RefundExceeds):
        refunding.asked(order, RefundRequest(reason="x", cash_amount=501), "r", None)
    after = refunded(order, chain)
    assert (after.status, len(chain)) == ("cancelled", 2)
    assert [(r.points, r.cash_amount, r.money) for r in after.refunds[1:]] == [(0, 500, "due")]
    with pytest.raises(NotRefundable):
        refunding.asked(after, RefundRequest(reason="x"), "r", None)


def should_not_take_an_operators_word_for_the_providers() -> None:
    """`paid` is said by the step to `placed`; whoever writes it elsewhere says nothing."""
    order = replace(order_at("placed"), cash=Money(500, "USD"))
    said = replace(order, history=(*order.history, Step(NOW, "cancelled", "operator:o", "paid")))
    assert not said.paid
    assert paid_in_cash(order).paid


@pytest.mark.parametrize(
    "wrong", [{"points": 0}, {"cash_amount": -1}, {"points": 1.5}, {"reason": ""}, {"more": 1}]
)
def should_refuse_what_is_no_refund(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RefundRequest.model_validate({"reason": "x"} | wrong)


# --- what a refund does --------------------------------------------------------------------------


@pytest.mark.parametrize("status", [status for status in STATUSES if way_to_refund(status)])
def should_walk_the_states_to_refunded(status: Status) -> None:
    order = order_at(status)
    part = {} if status == "fulfilment_failed" else {"points": 1}
    after = refunded(order, chain_of(order, {THIRD: 60}), **part)
    walked = after.history[len(order.history) :]
    assert tuple(step.status for step in walked) == way_to_refund(status)
    assert {(step.actor, step.role, step.reason) for step in walked} == {
        ("operator:o", "operator", "broken")
    }
    assert after.status == "refunded"


def should_return_parts_to_their_lots_until_all_is_back() -> None:
    order = paid_in_cash(order_at("fulfilled"))
    chain = chain_of(order, {FIRST: 10, SECOND: 20, THIRD: 30})
    for part, lots in (
        ({"points": 35}, {SECOND: 5, THIRD: 30}),
        ({"cash_amount": 100}, {SECOND: 5, THIRD: 30}),
        ({"points": 10, "cash_amount": 1}, {SECOND: 15, THIRD: 30}),
        ({}, {FIRST: 10, SECOND: 20, THIRD: 30}),
    ):
        order = refunded(order, chain, **part)
        assert chain[-1].after.lots == lots
    assert [(r.points, r.cash_amount, r.money) for r in order.refunds] == [
        (35, 0, "none"), (0, 100, "due"), (10, 1, "due"), (15, 399, "due")
    ]  # fmt: skip
    assert left_of(order) == (0, 0)
    assert verify(chain).valid


def should_expire_what_returns_to_a_lot_that_is_gone() -> None:
    order = order_at("fulfilled")
    chain = chain_of(order, {GONE: 20, THIRD: 40})
    refunded(order, chain)
    assert [(entry.kind, entry.points) for entry in chain[2:]] == [("refund", 60), ("expire", -20)]


def should_reissue_what_is_gone_by_the_merchants_fault() -> None:
    """Case 20, of an order that was delivered."""
    order = order_at("fulfilled")
    chain = chain_of(order, {GONE: 20, THIRD: 40})
    after = refunded(order, chain, reissue=SECOND, merchant_fault=True)
    assert chain[-1].after.lots == {SECOND: 20, THIRD: 40}
    assert [refund.merchant_fault for refund in after.refunds] == [True]


def should_return_points_to_an_account_that_is_closed() -> None:
    order = order_at("fulfilled")
    chain = chain_of(order, {THIRD: 60})
    posting = ledger.open_posting(order.member, chain[-1], NOW)
    ledger.close(posting, Source("user", order.member), "admin")
    chain += posting.entries
    refunded(order, chain)
    assert (chain[-1].after.closed, chain[-1].after.available) == (True, 60)
    assert verify(chain).valid


def should_keep_the_units_and_the_limit_of_what_was_delivered() -> None:
    order = order_at("fulfilled", limit_period="ever")
    chain = chain_of(order, {THIRD: 60})
    back = refunding.asked(order, RefundRequest(reason="x"), "r", None)
    writes, after = refunding.refund(order, chain[1], chain[-1], NOW, back, actor="operator:o")
    assert {write.table for write in writes} == {"orders", "points"}
    assert after.restocked == 0


def should_give_units_and_limit_back_of_what_never_was() -> None:
    order = order_at("fulfilment_failed", limit_period="ever")
    chain = chain_of(order, {THIRD: 60})
    back = refunding.asked(order, RefundRequest(reason="x"), "r", None)
    writes, after = refunding.refund(order, chain[1], chain[-1], NOW, back, actor="operator:o")
    returned = [write.values for write in writes if write.table == "catalog"]
    assert returned == [{"units": 2}, {"units": -2}]
    assert after.restocked == 2


def should_void_the_voucher_with_the_last_of_its_order_and_not_before() -> None:
    order = order_at("fulfilled", voucher=Voucher("mac", b"sealed"))
    chain = chain_of(order, {THIRD: 60})
    for points, voids in ((10, False), (50, True)):
        back = refunding.asked(order, RefundRequest(reason="x", points=points), "r", None)
        writes, order = refunding.refund(order, chain[1], chain[-1], NOW, back, actor="operator:o")
        [*void] = (w for w in writes if w.table == "orders" and w.key["pk"] != writes[0].key["pk"])
        assert bool(void) is voids
    assert isinstance(void[0].refused({"state": "burned"}), VoucherUsed)


def should_earn_nothing_and_refund_only_what_was_granted_in_any_order() -> None:
    """Any sequence of refunds of a real chain: the entries sum to the order, and it verifies."""
    for _ in range(50):
        order = order_at("fulfilled")
        lots = {key: points for key, points in any_lots(4).items() if key > GONE}
        order = replace(order, points=sum(lots.values()))
        chain = chain_of(order, lots)
        while left_of(order)[0]:
            order = refunded(order, chain, points=random.randint(1, left_of(order)[0]))
        assert sum(entry.points for entry in chain if entry.kind == "refund") == order.points
        assert sum(refund.points for refund in order.refunds) == order.points
        assert verify(chain).valid
