"""What happens to one order twice at once: refunds, shipments, and a cancel against fulfilment.

Each test has a control beside it: the guard is taken away, and what the test asserts is seen to
fail.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mall.errors import WrongStatus
from mall.money import Money
from mall.orders.admin_views import AdminOrderView
from mall.orders.items import to_item
from mall.orders.order import Order, Payment, Step
from mall.orders.requests import CancelRequest, RefundRequest, ShipRequest
from mall.orders.states import Status
from mall.points.program import PROGRAM
from mall.writes import Write, put

from functions.orders.cancel_for_merchant import cancel_for_merchant
from functions.orders.refund_order import refund_order
from functions.orders.ship_order import ship_order
from tests.emulated import ADMIN, PRICE, EmulatedMall, replayed
from tests.race.rivals import THREADS, Outcomes, RivalStore, rivals, to

PAIRS = 8
CASH = Money(500, "USD")
Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


def _come_to(mall: EmulatedMall, member: str, *statuses: Status, **changed: Any) -> Order:
    """The member's order, paid in cash beside its points, after these steps."""
    order = replace(mall.order(member, "key"), **changed)
    steps = tuple(Step(order.placed_at, status, "system") for status in statuses)
    order = replace(order, history=(*order.history, *steps))
    mall.store.transact([put("orders", to_item(order))])
    return order


def _goods(mall: EmulatedMall, member: str, *statuses: Status) -> Order:
    return _come_to(mall, member, *statuses, product_type="physical", address=True)


def _refund(mall: EmulatedMall, order: Order, key: str, **wanted: Any) -> AdminOrderView:
    request = RefundRequest.model_validate({"reason": "broken"} | wanted)
    return refund_order.story(order.order_id, request, key, ADMIN, mall.store, PROGRAM)


def _race_of_refunds(
    mall: EmulatedMall, keys: int = THREADS, forgets: Forgets = _nothing, **wanted: Any
) -> tuple[Order, Outcomes[AdminOrderView]]:
    """32 refunds of one delivered order, of which two fit."""
    member = mall.member(PRICE)
    mall.place(member, mall.product(codes=1, shards=1), "key")
    mall.fulfil(member, "key")
    at = mall.order(member, "key").placed_at
    paid = (Step(at, "pending_payment", "member"), Step(at, "placed", "system", "paid"))
    after = mall.order(member, "key").history[1:]
    payment = Payment("pi", "secret", at)
    order = _come_to(mall, member, cash=CASH, payment=payment, history=(*paid, *after))
    mall.use(mall.opened(RivalStore, parties=THREADS, forgets=forgets))
    return order, rivals(THREADS, lambda n: _refund(mall, order, f"refund {n % keys}", **wanted))


def should_refund_no_more_points_than_are_left(mall: EmulatedMall) -> None:
    """Case 26: two of 20 points fit into 50; the others are told what is left."""
    order, outcomes = _race_of_refunds(mall, points=20)
    assert (len(outcomes.answers), set(outcomes.codes)) == (2, {"refund_exceeds"})
    assert mall.order(order.member, "key").points_refunded == 40
    assert mall.available(order.member) == 40
    mall.audit()


def should_refund_no_more_cash_than_is_left(mall: EmulatedMall) -> None:
    """Case 26, of cash: nothing but the order's version stands between two refunds."""
    order, outcomes = _race_of_refunds(mall, cash_amount=200)
    assert (len(outcomes.answers), set(outcomes.codes)) == (2, {"refund_exceeds"})
    assert mall.order(order.member, "key").cash_refunded == 400
    mall.audit()


def should_be_seen_to_promise_too_much_cash_without_the_condition(mall: EmulatedMall) -> None:
    """Control."""
    _, outcomes = _race_of_refunds(mall, forgets=to("orders"), cash_amount=200)
    assert len(outcomes.answers) > 2


def should_refund_once_for_one_key(mall: EmulatedMall) -> None:
    order, outcomes = _race_of_refunds(mall, keys=1, points=20, cash_amount=200)
    assert not outcomes.refusals
    assert len({view.model_dump_json() for view in outcomes.answers}) == 1
    assert sum(map(replayed, outcomes.answers)) == THREADS - 1
    assert len(mall.order(order.member, "key").refunds) == 1
    mall.audit()


# --- goods ---------------------------------------------------------------------------------------


def _ship(mall: EmulatedMall, order: Order, number: int) -> AdminOrderView:
    request = ShipRequest(carrier="post", tracking_number=str(number))
    return ship_order.story(order.order_id, request, ADMIN, mall.store)


def _race_of_shipments(
    mall: EmulatedMall, parcels: int, forgets: Forgets = _nothing
) -> tuple[Order, Outcomes[AdminOrderView]]:
    member = mall.member(PRICE)
    mall.place(member, mall.product(codes=1, shards=1), "key")
    order = _goods(mall, member, "fulfilling")
    mall.use(mall.opened(RivalStore, parties=THREADS, forgets=forgets))
    return order, rivals(THREADS, lambda n: _ship(mall, order, n % parcels))


def should_ship_one_parcel_of_many(mall: EmulatedMall) -> None:
    order, outcomes = _race_of_shipments(mall, parcels=THREADS)
    assert (len(outcomes.answers), set(outcomes.codes)) == (1, {"wrong_status"})
    assert len(mall.order(order.member, "key").history) == len(order.history) + 1


def should_ship_one_parcel_once_however_often_it_is_said(mall: EmulatedMall) -> None:
    order, outcomes = _race_of_shipments(mall, parcels=1)
    assert not outcomes.refusals
    assert len(mall.order(order.member, "key").history) == len(order.history) + 1


def should_be_seen_to_ship_many_parcels_without_the_condition(mall: EmulatedMall) -> None:
    """Control."""
    _, outcomes = _race_of_shipments(mall, parcels=THREADS, forgets=to("orders"))
    assert len(outcomes.answers) > 1


def _race_of_cancel_and_preparation(
    mall: EmulatedMall, forgets: Forgets = _nothing
) -> list[tuple[Order, bool]]:
    """8 orders of goods, each cancelled by the merchant and prepared at once; then all shipped.

    Returns each order, and whether it was shipped.
    """
    product = mall.product(codes=PAIRS, shards=4)
    buyers = mall.members([PRICE] * PAIRS)
    for buyer in buyers:
        mall.place(buyer, product, "key")
        _goods(mall, buyer)
    mall.use(mall.opened(RivalStore, parties=2 * PAIRS, forgets=forgets))

    def act(number: int) -> None:
        buyer = buyers[number // 2]
        if number % 2:
            order_id, request = mall.order(buyer, "key").order_id, CancelRequest(reason="x")
            cancel_for_merchant.story(
                order_id, request, f"cancel {number}", ADMIN, mall.store, mall.provider, PROGRAM
            )
        else:
            mall.fulfil(buyer, "key")

    rivals(2 * PAIRS, act)
    return [(mall.order(buyer, "key"), _shipped(mall, buyer)) for buyer in buyers]


def _shipped(mall: EmulatedMall, buyer: str) -> bool:
    try:
        _ship(mall, mall.order(buyer, "key"), 1)
    except WrongStatus:
        return False
    return True


def should_ship_nothing_that_was_cancelled(mall: EmulatedMall) -> None:
    """Case 51, of goods: an order is cancelled and its points are back, or it is shipped."""
    for order, shipped in _race_of_cancel_and_preparation(mall):
        assert (order.status, shipped) in {("cancelled", False), ("fulfilling", True)}
        assert mall.available(order.member) == (0 if shipped else PRICE)


def should_be_seen_to_ship_what_was_cancelled_without_the_condition(mall: EmulatedMall) -> None:
    """Control."""
    found = _race_of_cancel_and_preparation(mall, forgets=to("orders"))
    assert any(shipped and mall.available(order.member) for order, shipped in found)
