"""What happens to an order after it was placed: cancelled, shipped, completed."""

from dataclasses import replace
from typing import Any

import pytest
from mall.errors import AccountClosed, AddressMissing, NotCancellable, PointsLimit, WrongStatus
from mall.models import MAX_INTEGER
from mall.money import Money
from mall.orders import changes
from mall.orders.order import Order, Shipment, Step
from mall.orders.states import CANCELLABLE, STATUSES, Status
from mall.orders.views import detail
from mall.points import ledger
from mall.points.ledger import Grant
from mall.points.ledger.entry import NEVER, Entry, Source, instant_of

from tests.builders import any_instant, any_order, lot

NOW = any_instant()
LOT = lot("20991231")
PARCEL = Shipment("post", "1Z")


def order_at(status: Status, **changed: Any) -> Order:
    """An order of 100 points that has come to a state."""
    order = replace(any_order(), points=100, spent_revision=2, **changed)
    return replace(order, history=(*order.history, Step(order.placed_at, status, "system")))


def _account(order: Order, *more: str) -> tuple[Entry, Entry]:
    """The entry that paid for an order, and the newest; closed, or full, as `more` says."""
    posting = ledger.open_posting(order.member, None, NOW)
    ledger.credit(posting, "earn", 100, Grant(LOT), Source("purchase", "p"))
    ledger.spend(posting, "redeem", 100, Source("order", order.order_id))
    spent = posting.entries[-1]
    if "full" in more:
        ledger.credit(posting, "earn", MAX_INTEGER, Grant(NEVER), Source("purchase", "q"))
    if "closed" in more:
        ledger.close(posting, Source("user", order.member), "admin")
    return spent, posting.entries[-1]


def should_refuse_to_cancel_what_has_moved_on() -> None:
    for status in {*STATUSES} - {*CANCELLABLE}:
        order = order_at(status)
        with pytest.raises(NotCancellable) as refused:
            changes.cancel(order, *_account(order), NOW, actor="member")
        assert refused.value.facts == {"order_status": status}


@pytest.mark.parametrize("status", CANCELLABLE)
def should_put_all_that_went_back_on_record(status: Status) -> None:
    order = order_at(status)
    writes, after = changes.cancel(order, *_account(order), NOW, actor="member")
    assert [write.table for write in writes[:2]] == ["orders", "points"]
    [refund] = after.refunds
    assert (refund.refund_id, refund.points) == (f"{order.order_id}.cancel", 100)
    assert (refund.cash_amount, refund.money, refund.reason) == (0, "none", "cancelled")
    assert after.points_refunded == order.points
    assert after.restocked == order.quantity


def should_owe_cash_only_if_it_was_paid() -> None:
    unpaid = order_at("pending_payment", cash=Money(500, "USD"))
    _, after = changes.cancel(unpaid, *_account(unpaid), NOW, actor="system", reason="timeout")
    assert [(r.points, r.cash_amount, r.money) for r in after.refunds] == [(100, 0, "none")]
    paid = replace(unpaid, history=(Step(NOW, "placed", "system", "paid"),))
    _, after = changes.cancel(paid, *_account(paid), NOW, actor="member")
    assert [(r.points, r.cash_amount, r.money) for r in after.refunds] == [(100, 500, "due")]


def should_record_nothing_where_nothing_goes_back() -> None:
    unpaid = order_at("pending_payment", cash=Money(500, "USD"))
    unpaid = replace(unpaid, points=0, spent_revision=0)
    writes, after = changes.cancel(unpaid, None, None, NOW, actor="system")
    assert (after.status, after.refunds) == ("cancelled", ())
    assert "points" not in {write.table for write in writes}


@pytest.mark.parametrize(("what", "refusal"), [("closed", AccountClosed), ("full", PointsLimit)])
def should_refuse_the_member_what_the_mall_may_do_by_itself(
    what: str, refusal: type[Exception]
) -> None:
    order = order_at("placed")
    spent, head = _account(order, what)
    with pytest.raises(refusal):
        changes.cancel(order, spent, head, NOW, actor="member")
    for actor in ("system", "operator:o"):
        writes, after = changes.cancel(order, spent, head, NOW, actor=actor)
        [entry] = [write.item for write in writes if "kind" in write.item]
        assert (entry["kind"], entry["points"]) == ("refund", 100)
        assert entry.get("closed", False) is (what == "closed")
        assert after.status == "cancelled"


def should_reissue_what_is_gone_where_the_merchant_is_at_fault() -> None:
    order = order_at("placed")
    spent, head = _account(order)
    writes, after = changes.cancel(
        order,
        spent,
        head,
        instant_of(LOT) or 0,
        actor="operator:o",
        reason="out of stock",
        reissue=NEVER,
    )
    [entry] = [write.item for write in writes if "kind" in write.item]
    assert entry["lots"] == {NEVER: 100}
    [refund] = after.refunds
    assert (refund.merchant_fault, refund.reason) == (True, "out of stock")


def should_not_tell_a_member_which_operator_it_was() -> None:
    order = order_at("placed")
    _, after = changes.cancel(order, *_account(order), NOW, actor="operator:the-id", reason="x")
    assert after.history[-1].actor == "operator:the-id"
    assert [step.actor for step in detail(after).history] == ["member", "system", "operator"]


# --- goods ---------------------------------------------------------------------------------------


def should_ship_goods_that_wait_for_it() -> None:
    order = order_at("fulfilling", product_type="physical", address=True)
    _, after = changes.ship(order, PARCEL, NOW, actor="operator:o")
    assert (after.status, after.shipment) == ("shipped", PARCEL)


def should_ship_no_prize_before_its_member_has_named_an_address() -> None:
    order = order_at("fulfilling", product_type="physical")
    with pytest.raises(AddressMissing):
        changes.ship(order, PARCEL, NOW, actor="operator:o")


def should_ship_nothing_else() -> None:
    for status in {*STATUSES} - {"fulfilling"}:
        with pytest.raises(WrongStatus) as refused:
            order = order_at(status, product_type="physical")
            changes.ship(order, PARCEL, NOW, actor="operator:o")
        assert refused.value.facts == {"order_status": status}
    with pytest.raises(WrongStatus):
        changes.ship(order_at("fulfilling"), PARCEL, NOW, actor="operator:o")


def should_ship_once() -> None:
    order = order_at("shipped", product_type="physical", shipment=PARCEL)
    assert changes.ship(order, PARCEL, NOW, actor="operator:p") == ([], order)
    with pytest.raises(WrongStatus):
        changes.ship(order, Shipment("post", "another"), NOW, actor="operator:o")


def should_complete_what_was_shipped() -> None:
    _, after = changes.complete(order_at("shipped"), NOW, actor="operator:o")
    assert after.status == "completed"
    assert changes.complete(after, NOW, actor="operator:p") == ([], after)
    for status in {*STATUSES} - {"shipped", "completed"}:
        with pytest.raises(WrongStatus) as refused:
            changes.complete(order_at(status), NOW, actor="operator:o")
        assert refused.value.facts == {"order_status": status}
