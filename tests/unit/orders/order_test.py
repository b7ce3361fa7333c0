"""An order: its key, its item, its changes, and the order of the writes that place it."""

from dataclasses import replace

import pytest
from mall import keys
from mall.catalog.product import MemberLimit, Price, Product
from mall.catalog.stock import Plan
from mall.clock import utc_hour
from mall.errors import (
    AccountClosed,
    AlreadyDone,
    IdempotencyKeyReused,
    InsufficientPoints,
    Invalid,
    NotFound,
    PaymentUnavailable,
)
from mall.money import Money
from mall.orders import changes, fulfilling, placing
from mall.orders.items import by_status_key, changed, from_item, relayed, to_item
from mall.orders.order import Order, Payment, Refund, Shipment, Step, Voucher, order_id
from mall.orders.provider import Intent
from mall.orders.requests import PlaceOrderRequest, PriceSeen
from mall.orders.states import STATUSES, Status, follows, way_to_refund
from mall.orders.views import DeliveryView, detail, placed_view
from mall.points.ledger import Grant, close, credit, open_posting
from mall.points.ledger.entry import Entry, Source
from mall.points.program import PROGRAM
from pydantic import ValidationError

from tests.builders import any_instant, any_member, any_order, any_product, lot

NOW = any_instant()
LOT = lot("20991231")


def _head(member: str, points: int) -> Entry:
    posting = open_posting(member, None, NOW)
    credit(posting, "earn", points, Grant(LOT), Source("purchase", "p"))
    return posting.entries[-1]


def _request(**changed: object) -> PlaceOrderRequest:
    said = {"product_id": "p", "quantity": 2, "price": PriceSeen(points=50)} | changed
    return PlaceOrderRequest.model_validate(said)


# --- the item ------------------------------------------------------------------------------------


def _at(status: Status) -> Order:
    order = any_order()
    return replace(order, history=(*order.history, Step(order.placed_at, status, "system")))


def should_come_back_from_its_item() -> None:
    order = any_order()
    assert from_item(to_item(order)) == order
    whole = replace(
        order,
        cash=Money(250, "JPY"),
        address=True,
        payment=Payment("pi", "secret", 7),
        refunds=(Refund("r", 5, 10, 50, "broken", merchant_fault=True, money="due"),),
        codes=(b"sealed",),
        voucher=Voucher("mac", b"sealed"),
        shipment=Shipment("post", "1Z"),
        returning=2,
        restocked=1,
        relayed_version=1,
    )
    assert from_item(to_item(whole)) == whole


def should_have_the_only_id_that_member_and_key_can_have() -> None:
    assert order_id("m", "k") == order_id("m", "k")
    ids = {order_id("m", "k"), order_id("m", "k2"), order_id("m2", "k"), order_id("mk", "")}
    assert len(ids) == 4


def should_stand_under_its_status_and_the_hour_of_its_last_step() -> None:
    order = any_order()
    where = by_status_key(order)
    assert where["gsi2pk"].startswith(f"STATUS#placed#{utc_hour(order.placed_at)}#")
    assert where["gsi2sk"] == f"{order.placed_at:013d}#{order.order_id}"
    buckets = {by_status_key(any_order())["gsi2pk"][-1] for _ in range(200)}
    assert buckets == {"0", "1", "2", "3"}


def should_lag_until_the_newest_version_was_told() -> None:
    order = any_order()
    assert order.lagging
    assert not replace(order, relayed_version=1).lagging
    assert replace(_at("cancelled"), relayed_version=1).lagging


# --- states --------------------------------------------------------------------------------------


def should_step_to_what_may_follow_and_to_nothing_else() -> None:
    for before in STATUSES:
        for after in STATUSES:
            if before == after or follows(before, after):
                stepped = _at(before).stepped(after, NOW, "system")
                assert (stepped.status, stepped.version) == (after, 3)
            else:
                with pytest.raises(ValueError, match="does not follow"):
                    _at(before).stepped(after, NOW, "system")


def should_find_the_way_to_a_refund_that_its_states_allow() -> None:
    refundable = {status for status in STATUSES if way_to_refund(status)}
    assert refundable == {
        "fulfilment_failed", "fulfilled", "shipped", "completed", "return_requested", "returned",
        "refunded",
    }  # fmt: skip
    for status in refundable:
        order = _at(status)
        for step in way_to_refund(status):
            order = order.stepped(step, NOW, "operator")
        assert order.status == "refunded"


# --- placing -------------------------------------------------------------------------------------


def _sale(product: Product, taken: Plan) -> placing.Sale:
    return placing.Sale(product, "default", product.price, taken)


def should_write_the_order_first_so_that_a_retry_is_answered_before_all_else() -> None:
    member, product = any_member(), any_product(points=50, limit_per_member=MemberLimit(9))
    asked = placing.draft(member, "k", _request())
    writes, order = placing.place(asked, _sale(product, {3: 2}), _head(member, 100), PROGRAM, NOW)
    assert [write.table for write in writes] == ["orders", "points", "catalog", "catalog"]
    assert writes[0].condition == "attribute_not_exists(#pk)"
    assert isinstance(writes[0].refused({"pk": "x"}), AlreadyDone)
    assert (order.order_id, order.points, order.quantity) == (order_id(member, "k"), 100, 2)
    stored = from_item(writes[0].item)
    assert (stored.taken, stored.limit_period, stored.spent_revision) == ({"3": 2}, "ever", 2)
    assert stored == order


def should_cost_quantity_times_price_and_not_a_point_more() -> None:
    member, product = any_member(), any_product(points=50)
    asked = placing.draft(member, "k", _request(quantity=3))
    sale = _sale(product, {0: 3})
    with pytest.raises(InsufficientPoints) as short:
        placing.place(asked, sale, _head(member, 149), PROGRAM, NOW)
    assert short.value.facts == {"available": 149}
    placing.place(asked, sale, _head(member, 150), PROGRAM, NOW)


def should_wait_for_the_cash_part() -> None:
    member, product = any_member(), any_product(price=Price(50, Money(250, "USD")))
    asked = placing.draft(member, "k", _request())
    sale, head = _sale(product, {0: 2}), _head(member, 100)
    writes, order = placing.place(asked, sale, head, PROGRAM, NOW)
    assert (order.status, order.points, order.cash) == ("pending_payment", 100, Money(500, "USD"))
    intent = Intent("pi", order.order_id, "open", Money(500, "USD"), client_secret="secret")
    later, paid = placing.payable(writes, order, intent, PROGRAM)
    assert paid.payment == Payment("pi", "secret", order.placed_at + 30 * 60_000)
    assert (from_item(later[0].item), later[0].condition) == (paid, writes[0].condition)
    assert later[1:] == writes[1:]
    view = placed_view(paid)
    assert view.payment is not None
    assert (view.status, view.payment.client_secret) == ("pending_payment", "secret")


def should_answer_as_before_once_there_is_nothing_to_pay_and_show_it_nowhere_else() -> None:
    """Case 36: a repetition is told what the first request was told."""
    waiting = replace(
        any_order(),
        payment=Payment("pi", "secret", NOW),
        history=(Step(NOW, "pending_payment", "member"),),
    )
    assert waiting.stepped("pending_payment", NOW, "system").payment == waiting.payment
    first = placed_view(waiting)
    assert detail(waiting).payment == first.payment
    for status in ("placed", "cancelled"):
        after = from_item(to_item(waiting.stepped(status, NOW, "system")))
        assert placed_view(after) == first
        assert detail(after).payment is None


def should_not_wait_for_money_that_is_not_the_orders() -> None:
    member, product = any_member(), any_product(price=Price(50, Money(250, "USD")))
    asked = placing.draft(member, "k", _request())
    sale, head = _sale(product, {0: 2}), _head(member, 100)
    writes, order = placing.place(asked, sale, head, PROGRAM, NOW)
    own = Intent("pi", order.order_id, "open", Money(500, "USD"))
    for other in (
        replace(own, order_id="another"),
        replace(own, status="succeeded"),
        replace(own, status="cancelled"),
        replace(own, money=Money(499, "USD")),
        replace(own, money=Money(500, "EUR")),
    ):
        with pytest.raises(PaymentUnavailable):
            placing.payable(writes, order, other, PROGRAM)


def should_refuse_a_total_that_no_client_could_read() -> None:
    member = any_member()
    asked = placing.draft(member, "k", _request())
    for price in (Price(2**52), Price(0, Money(2**52, "JPY"))):
        sale = _sale(any_product(price=price), {0: 2})
        with pytest.raises(Invalid) as refused:
            placing.place(asked, sale, None, PROGRAM, NOW)
        assert [fault["field"] for fault in refused.value.faults] == ["quantity"]


def should_hold_the_chain_to_its_head_where_no_points_are_spent() -> None:
    member, product = any_member(), any_product(price=Price(0, Money(250, "USD")))
    asked = placing.draft(member, "k", _request())
    head = _head(member, 5)
    writes, order = placing.place(asked, _sale(product, {0: 2}), head, PROGRAM, NOW)
    assert (writes[1].action, writes[1].key) == ("ConditionCheck", keys.entry(member, 2))
    assert order.spent_revision == 0
    closed = open_posting(member, head, NOW)
    close(closed, Source("account", "x"), actor="admin")
    with pytest.raises(AccountClosed):
        placing.place(asked, _sale(product, {0: 2}), closed.entries[-1], PROGRAM, NOW)


def should_answer_the_same_request_only() -> None:
    asked = placing.draft("m", "k", _request())
    order = replace(_at("cancelled"), request_hash=asked.request_hash)
    again = placing.replay(asked, order)
    assert (again.status, again._replayed) == ("placed", True)
    for other in ({"quantity": 3}, {"price": PriceSeen(points=51)}, {"sku": "S"}):
        with pytest.raises(IdempotencyKeyReused):
            placing.replay(placing.draft("m", "k", _request(**other)), order)


@pytest.mark.parametrize(
    "changed",
    [
        {"quantity": 0},
        {"quantity": 21},
        {"quantity": 1.0},
        {"price": {"points": -1}},
        {"price": {"points": 1, "cash_amount": -5}},
        {"price": None},
        {"quote_id": "q"},
        {"product_id": ""},
        {"more": 1},
    ],
)
def should_refuse_what_is_no_request(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        _request(**changed)


# --- changes -------------------------------------------------------------------------------------


def should_belong_to_its_member_or_not_be_known() -> None:
    order = any_order()
    assert changes.owned(order, order.member) is order
    for found, member in ((order, "another"), (None, order.member)):
        with pytest.raises(NotFound):
            changes.owned(found, member)


def should_change_an_order_only_from_the_version_that_was_read() -> None:
    order = any_order()
    (write,), after = fulfilling.for_shipping(order, order.placed_at + 5)
    assert write.condition == "#status = :was AND #version = :was_version"
    assert (write.values["was"], write.values["was_version"]) == ("placed", 1)
    assert (write.values["status"], write.values["version"]) == ("fulfilling", 2)
    assert write.values["gsi2pk"].startswith("STATUS#fulfilling#")
    assert [step.status for step in after.history] == ["placed", "fulfilling"]


def should_write_what_differs_and_remove_what_is_gone() -> None:
    order = replace(any_order(), returning=2)
    write = changed(order, replace(order, returning=0, relayed_version=1))
    assert write.update == "SET #relayed_version = :relayed_version REMOVE #returning"


def should_never_let_an_orders_history_run_backwards() -> None:
    order = any_order()
    _, after = fulfilling.failed(order, "unavailable", order.placed_at - 1000)
    instants = [step.at for step in after.history]
    assert instants == sorted(instants)


def should_mark_as_told_only_the_version_that_was_told() -> None:
    write = relayed(_at("cancelled"))
    assert write.values == {"version": 2}
    assert write.condition == "#version = :version AND #relayed_version < :version"


def should_show_codes_to_whoever_was_given_them() -> None:
    order = any_order()
    assert detail(order).delivery is None
    shown = detail(order, DeliveryView(codes=["a", "b"])).delivery
    assert shown is not None
    assert shown.codes == ["a", "b"]
