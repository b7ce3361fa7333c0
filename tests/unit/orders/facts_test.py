"""Events of orders: one for each step, of a documented type, and nothing in it but ids and sums."""

import json
from dataclasses import replace
from typing import get_args

import pytest
from mall.money import Money
from mall.orders.facts import MEANINGS, REASONS, OrderStepped, type_of, untold
from mall.orders.order import Order, Payment, Refund, Shipment, Step, Voucher
from mall.orders.refunding import Back, booked
from mall.orders.settling import handed_over
from mall.orders.states import STATUSES, Status

from docs.reference import generate
from tests.builders import any_order
from tests.documented import Documented

DOCUMENTED = Documented(json.loads(generate.ORDERS_EVENTS.read_text()))


def _stepped(status: Status, reason: str = "", actor: str = "system") -> Order:
    order = any_order()
    return replace(order, history=(*order.history, Step(order.placed_at, status, actor, reason)))


def should_document_the_events_as_they_are() -> None:
    assert generate.ORDERS_EVENTS.read_text() == generate.orders_events()


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("cash", [None, Money(250, "JPY")])
def should_tell_of_every_status_as_documented(status: Status, cash: Money | None) -> None:
    [_, (kind, detail)] = untold(replace(_stepped(status), cash=cash))
    assert kind == f"order.{status}"
    DOCUMENTED.keeps_to(kind, json.loads(detail.model_dump_json()))


@pytest.mark.parametrize("reason", REASONS)
def should_tell_of_what_happened_within_a_status_as_documented(reason: str) -> None:
    [_, (kind, detail)] = untold(_stepped("cancelled", reason))
    assert kind == f"order.{reason}"
    DOCUMENTED.keeps_to(kind, json.loads(detail.model_dump_json()))


def should_document_no_event_that_no_step_has() -> None:
    told = {f"order.{name}" for name in (*STATUSES, *REASONS)}
    assert told == set(MEANINGS) == set(DOCUMENTED.document["properties"])


def should_take_no_word_of_a_person_for_an_event() -> None:
    """An operator who gives `paid` as the reason of a cancellation has paid nothing."""
    steps = _stepped("cancelled", "paid", "operator:ada").history
    assert type_of(steps[-1]) == "order.cancelled"


def should_tell_of_what_comes_back_after_a_refund_in_part() -> None:
    """The order stays refunded; whatever an operator writes into a refund's reason."""
    order = _stepped("refunded")
    steps = (
        ("member", "return_requested"),
        ("operator:o", "restocked"),
        ("operator:o", "returned"),
    )
    for actor, reason in steps:
        order = order.stepped("refunded", order.placed_at, actor, reason)
    order = replace(order, refunds=tuple(Refund("r", 0, 1, 0, "x", version=v) for v in (2, 5)))
    assert [kind for kind, _ in untold(order)][1:] == [
        "order.refunded", "order.return_requested", "order.returned", "order.refunded"
    ]  # fmt: skip


def should_number_steps_without_gaps_and_leave_out_what_was_told() -> None:
    order = _stepped("fulfilling").stepped("fulfilled", 0, "system")
    assert [detail.version for _, detail in untold(order)] == [1, 2, 3]
    rest = untold(replace(order, relayed_version=1))
    assert rest == untold(order)[1:]
    assert len({detail.event_id for _, detail in untold(order)}) == 3
    assert untold(replace(order, relayed_version=3)) == []


def should_count_what_went_back_by_each_step() -> None:
    order = replace(_stepped("returned"), cash=Money(500, "USD"))
    order = order.stepped("refunded", order.placed_at + 1, "operator:o")
    order = order.stepped("refunded", order.placed_at + 1, "operator:o")
    at = [step.at for step in order.history]
    parts = (
        Refund("a", at[2], 10, 100, "r", money="due", version=3),
        Refund("b", at[3], 5, 50, "r", money="due", version=4),
    )
    told = [detail for _, detail in untold(replace(order, refunds=parts))]
    assert [(t.points_refunded, t.cash_refunded) for t in told] == [
        (0, 0), (0, 0), (10, 100), (15, 150),
    ]  # fmt: skip


def should_tell_the_same_of_a_version_whatever_comes_later() -> None:
    """Two refunds in one millisecond, one of which the provider will not hand over."""
    order = replace(_stepped("returned"), cash=Money(500, "USD"))
    steps = []
    for part in (Back("a", 1, 100, "r"), Back("b", 1, 50, "r")):
        order = booked(order.stepped("refunded", order.placed_at, "operator:o"), part)
        steps.append(untold(order))
    for refund_id, given in (("a", False), ("b", True)):
        order = handed_over(order, refund_id, given=given, now=order.placed_at).order
        steps.append(untold(order))
    assert [told[-1] for told in steps] == steps[-1][2:]
    assert [told[-1][1].cash_refunded for told in steps] == [100, 150, 50, 50]
    assert [told[-1][1].points_refunded for told in steps] == [1, 2, 2, 2]


def should_tell_of_one_cancellation_and_count_no_cash_that_was_refused() -> None:
    order = _stepped("cancelled").stepped("cancelled", 0, "system", "money_failed")
    order = order.stepped("cancelled", 0, "operator:o", "again")
    failed = Refund("a", 0, 10, 100, "r", money="failed", version=2, answered_version=3)
    again = Refund("b", 0, 0, 100, "r", money="due", version=4)
    told = untold(replace(order, refunds=(failed, again)))[1:]
    kinds = [kind for kind, _ in told]
    assert kinds == ["order.cancelled", "order.money_failed", "order.refunded"]
    assert [detail.cash_refunded for _, detail in told] == [100, 0, 100]


def should_never_tell_a_secret_or_what_people_wrote() -> None:
    order = replace(
        _stepped("refunded", "Ada's words", "operator:o"),
        payment=Payment("pi", "client secret", 7),
        codes=(b"sealed code",),
        voucher=Voucher("mac of a voucher", b"sealed voucher"),
        shipment=Shipment("carrier", "number"),
    )
    told = " ".join(detail.model_dump_json() for _, detail in untold(order))
    secrets = ("Ada", "client secret", "sealed", "mac of", "carrier", "number", "operator:o")
    assert [text for text in secrets if text in told] == []
    assert get_args(OrderStepped.model_fields["schema_version"].annotation) == (1,)
