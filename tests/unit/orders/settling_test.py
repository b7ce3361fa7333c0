"""What an order makes of its payment: the provider decides, and each answer counts once."""

from dataclasses import replace

import pytest
from mall.money import Money
from mall.orders.order import Order, Payment, Refund, Step
from mall.orders.provider import Intent
from mall.orders.reconciling import compare
from mall.orders.settling import due, handed_over, refused, settle

from tests.builders import any_order

NOW = 1_795_348_800_000
CASH = Money(500, "USD")


def _order(status: str = "pending_payment", *, paid: bool = False, **changed: object) -> Order:
    order = any_order()
    at = order.placed_at
    history = [Step(at, "pending_payment", "member")]
    if paid:
        history.append(Step(at, "placed", "system", "paid"))
    if history[-1].status != status:
        history.append(Step(at, status, "system"))  # type: ignore[arg-type] # a status by name
    payment = Payment("pi_1", "pi_1_secret_1", NOW)
    return replace(order, cash=CASH, payment=payment, history=tuple(history), **changed)  # type: ignore[arg-type] # fields by name


def _intent(order: Order, status: str = "succeeded", **changed: object) -> Intent:
    plain = Intent("pi_1", order.order_id, status, CASH)  # type: ignore[arg-type] # by name
    return replace(plain, **changed)  # type: ignore[arg-type] # fields by name


def should_place_what_is_paid() -> None:
    order = _order()
    settled = settle(order, _intent(order), NOW)
    assert (settled.outcome, settled.order.status, settled.order.paid) == ("paid", "placed", True)
    assert len(settled.writes) == 1
    again = settle(settled.order, _intent(order), NOW)
    assert (again.writes, again.outcome) == ([], "nothing")


@pytest.mark.parametrize("status", ["open", "processing", "cancelled"])
def should_leave_an_order_waiting_while_no_money_was_taken(status: str) -> None:
    order = _order()
    assert settle(order, _intent(order, status), NOW).writes == []


@pytest.mark.parametrize("money", [Money(499, "USD"), Money(501, "USD"), Money(500, "EUR")])
def should_leave_an_order_unpaid_by_other_money(money: Money) -> None:
    """Case 55."""
    order = _order()
    settled = settle(order, _intent(order, money=money), NOW)
    assert (settled.writes, settled.outcome) == ([], "mismatch")


def should_not_be_paid_by_money_of_which_some_was_given_back() -> None:
    order = _order()
    for refunded in (1, 499):
        settled = settle(order, _intent(order, refunded=refunded), NOW)
        assert (settled.writes, settled.outcome) == ([], "mismatch")
    assert settle(order, _intent(order, refunded=500), NOW).outcome == "given_back"


@pytest.mark.parametrize(("refunded", "back"), [(0, 500), (120, 380)])
def should_owe_late_money_once(refunded: int, back: int) -> None:
    """Case 50."""
    order = _order("cancelled")
    intent = _intent(order, refunded=refunded)
    settled = settle(order, intent, NOW)
    (refund,) = settled.order.refunds
    assert (settled.outcome, refund.cash_amount, refund.money) == ("late", back, "due")
    assert (refund.points, refund.refund_id) == (0, f"{order.order_id}.late")
    assert settle(settled.order, intent, NOW).writes == []
    noted = handed_over(settled.order, refund.refund_id, given=True, now=NOW).order
    assert settle(noted, replace(intent, refunded=500), NOW).writes == []


def should_owe_late_money_beside_points_that_went_back() -> None:
    points = Refund("x.cancel", NOW, 50, 0, "cancelled")
    order = _order("cancelled", refunds=(points,))
    assert settle(order, _intent(order), NOW).order.refunds[0] == points
    assert settle(order, _intent(order), NOW).outcome == "late"


@pytest.mark.parametrize("status", ["placed", "fulfilled", "cancelled", "refunded"])
def should_leave_a_paid_order_as_it_is(status: str) -> None:
    order = _order(status, paid=True)
    for told in ("succeeded", "open", "cancelled"):
        assert settle(order, _intent(order, told), NOW).writes == []


def should_not_be_paid_by_the_intent_of_another_order() -> None:
    order = _order()
    assert settle(order, _intent(order, intent_id="pi_2"), NOW).writes == []
    assert settle(replace(order, payment=None), _intent(order), NOW).writes == []


@pytest.mark.parametrize(
    ("given", "money", "reason"),
    [(True, "paid", "money_refunded"), (False, "failed", "money_failed")],
)
def should_note_what_became_of_a_refund_once(given: bool, money: str, reason: str) -> None:
    other = Refund("x.2", NOW, 0, 100, "broken", money="due")
    order = _order(
        "cancelled", paid=True, refunds=(Refund("x.1", NOW, 0, 400, "broken", money="due"), other)
    )
    noted = handed_over(order, "x.1", given=given, now=NOW)
    assert [refund.money for refund in noted.order.refunds] == [money, "due"]
    assert (noted.order.status, noted.order.history[-1].reason) == (order.status, reason)
    assert handed_over(noted.order, "x.1", given=given, now=NOW).writes == []
    assert due(noted.order, "x.2") == other
    assert due(noted.order, "x.1") is None


def should_count_the_attempts_of_a_refund_that_was_refused_for_certain() -> None:
    """By its next attempt it is asked for under another key. Two who were refused count once."""
    first, other = (Refund(f"x.{n}", NOW, 0, 100, "broken", money="due") for n in (1, 2))
    order = _order("cancelled", paid=True, refunds=(first, other))
    noted = refused(order, "x.1", 1)
    assert noted.order.refunds == (replace(first, attempt=2), other)
    assert (noted.order.history, len(noted.writes)) == (order.history, 1)
    assert refused(noted.order, "x.1", 1).writes == []
    assert refused(noted.order, "x.1", 2).order.refunds[0].attempt == 3
    given = handed_over(noted.order, "x.1", given=True, now=NOW).order
    assert refused(given, "x.1", 2).writes == []


# --- held against the provider -------------------------------------------------------------------


def should_find_nothing_to_say_of_what_agrees() -> None:
    waiting, paid = _order(), _order("placed", paid=True)
    assert compare(waiting, _intent(waiting, "open")) is None
    assert compare(paid, _intent(paid)) is None
    refund = Refund("x.1", NOW, 0, 400, "broken", money="due")
    owing = replace(paid, refunds=(refund,))
    assert compare(owing, _intent(owing)) is None
    assert compare(owing, _intent(owing, refunded=400)) is None
    cancelled = _order("cancelled")
    assert compare(cancelled, _intent(cancelled, "cancelled")) is None
    assert compare(cancelled, _intent(cancelled, refunded=500)) is None


@pytest.mark.parametrize(
    ("status", "paid", "told", "kind"),
    [
        ("pending_payment", False, {}, "webhook_lost"),
        ("cancelled", False, {}, "webhook_lost"),
        ("pending_payment", False, {"money": Money(1, "USD")}, "amount_differs"),
        ("pending_payment", False, {"refunded": 300}, "amount_differs"),
        ("placed", True, {"refunded": 1}, "refunds_differ"),
        ("placed", True, {"status": "open"}, "not_taken"),
        ("placed", True, {"status": "cancelled"}, "not_taken"),
        ("cancelled", False, {"status": "open"}, "stray_intent"),
        ("cancelled", False, {"status": "processing"}, "stray_intent"),
        ("pending_payment", False, {"intent_id": "pi_2"}, "stray_money"),
        ("pending_payment", False, {"intent_id": "pi_2", "status": "open"}, "stray_intent"),
    ],
)
def should_name_each_difference(
    status: str, paid: bool, told: dict[str, object], kind: str
) -> None:
    order = _order(status, paid=paid)
    difference = compare(order, _intent(order, **told))  # type: ignore[arg-type] # by name
    assert difference is not None
    assert difference.kind == kind


def _cancelled(*money: str, late: bool = False) -> Order:
    """A cancelled order of 500, each of whose refunds of all of it came to what is said."""
    order = _order("cancelled", paid=not late)
    first = order.late_refund_id if late else "x.cancel"
    ids = (first, *(f"x.{n}" for n in range(len(money) - 1)))
    refunds = (Refund(i, NOW, 0, 500, "r", money=m) for i, m in zip(ids, money, strict=True))  # type: ignore[arg-type] # by name
    return replace(order, refunds=tuple(refunds))


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("money", "refunded", "differs"),
    [
        (("failed",), 0, True),
        (("failed",), 500, False),
        (("failed", "due"), 0, False),
        (("failed", "due"), 500, False),
        (("failed", "failed"), 0, True),
        (("failed", "paid"), 500, False),
        (("paid",), 0, True),
    ],
)
def should_report_money_that_failed_to_go_back_and_that_nothing_makes_up_for(
    late: bool, money: tuple[str, ...], refunded: int, differs: bool
) -> None:
    order = _cancelled(*money, late=late)
    difference = compare(order, _intent(order, refunded=refunded))
    told = difference and (difference.kind, difference.expected, difference.found)
    assert told == (("refunds_differ", 500, refunded) if differs else None)


def should_report_a_part_that_failed_to_go_back() -> None:
    failed = Refund("x.1", NOW, 0, 100, "broken", money="failed")
    order = replace(_order("refunded", paid=True), refunds=(failed,))
    difference = compare(order, _intent(order))
    assert difference is not None
    assert (difference.kind, difference.expected, difference.found) == ("refunds_differ", 100, 0)
    again = replace(order, refunds=(failed, replace(failed, refund_id="x.2", money="due")))
    assert compare(again, _intent(again)) is None


def should_know_strays_of_no_order() -> None:
    intent = _intent(_order())
    assert compare(None, replace(intent, refunded=500)) is None
    assert compare(None, replace(intent, status="cancelled")) is None
    assert getattr(compare(None, intent), "kind", "") == "stray_money"
