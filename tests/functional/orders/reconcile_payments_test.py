"""`reconcile_payments` and its report: the provider's payments held against the orders."""

import json
from typing import Any

import pytest
from mall.errors import PaymentUnavailable
from mall.payments import open_stripe
from mall.store import open_store
from mall.store.orders import read_orders
from mall.store.payments import STRAY_AGE_MS

from local.payment_provider import PaymentProvider
from tests.events import Answer
from tests.functional.acts import ADMIN, call, order_of, waiting_messages
from tests.functional.orders.cash import (
    AMOUNT,
    await_payment,
    intent_of,
    place_for_cash,
    steps,
    tell_of,
)
from tests.functional.times import Time
from tests.payments import ask_provider, empty, pay
from tests.stage import BY_NAME, handler


@pytest.fixture
def time_of_provider(payments: PaymentProvider, time: Time) -> Time:
    """The stage lives two hours after all that a provider is asked for, who has nothing yet."""
    probe = ask_provider(payments, "payment_intents", amount=100, currency="usd")
    empty(payments)
    time.set(probe["created"] * 1000 + 2 * STRAY_AGE_MS)
    return time


def _of(*orders: dict[str, Any]) -> list[dict[str, Any]]:
    """What the report of today says of these orders."""
    answer = _report()
    assert answer.status == 200, answer.body
    ids = {order["order_id"] for order in orders}
    return [line for line in answer.body["differences"] if line["order_id"] in ids]


def _report(**query: str) -> Answer:
    return call("get_payment_report", ADMIN, query=query or None)


def _reconcile() -> dict[str, int]:
    counts: dict[str, int] = handler("reconcile_payments")({}, None)
    return counts


def should_settle_what_a_webhook_lost(
    payments: PaymentProvider, time_of_provider: Time, capsys: pytest.CaptureFixture[str]
) -> None:
    member, order = place_for_cash()
    pay(payments, order["payment"]["client_secret"])
    counts = _reconcile()
    assert (counts["differing"], counts["mended"]) == (1, 1)
    assert '"PaymentDifference":[1' in capsys.readouterr().out.replace(" ", "")
    assert "PaymentDifference" in BY_NAME["reconcile_payments"].pages
    assert steps(member, order)[1:] == [("placed", "system", "paid")]
    assert _of(order) == [
        {
            "kind": "webhook_lost",
            "order_id": order["order_id"],
            "intent_id": intent_of(order),
            "currency": "USD",
            "expected": AMOUNT,
            "found": AMOUNT,
        }
    ]
    assert _reconcile()["differing"] == 0
    assert _of(order) == []


def should_have_late_money_go_back(payments: PaymentProvider, time_of_provider: Time) -> None:
    member, order = await_payment(payments, cancelled_first=True)
    _reconcile()
    assert steps(member, order)[-1] == ("cancelled", "system", "late_payment")
    assert [line["kind"] for line in _of(order)] == ["webhook_lost"]
    waiting_messages("refund_payment")
    assert _reconcile()["differing"] == 0
    (message,) = waiting_messages("refund_payment")
    assert json.loads(message)["refund_id"] == f"{order['order_id']}.late"


def should_find_no_difference_where_there_is_none(
    payments: PaymentProvider, time_of_provider: Time
) -> None:
    _, order = place_for_cash()
    pay(payments, order["payment"]["client_secret"])
    tell_of(payments, order)
    place_for_cash()
    assert _reconcile() == {"payments": 2, "differing": 0, "mended": 0}
    assert waiting_messages("refund_payment") == []


def _stray(payments: PaymentProvider, order_id: str = "gone") -> dict[str, Any]:
    metadata = {"order_id": order_id, "stage": "test"}
    return ask_provider(payments, "payment_intents", amount=700, currency="usd", metadata=metadata)


def should_cancel_an_intent_that_no_order_knows(
    payments: PaymentProvider, time_of_provider: Time, capsys: pytest.CaptureFixture[str]
) -> None:
    """A function that died leaves one: it is in the report, and no reason to wake anybody."""
    stray = _stray(payments)
    assert _reconcile() == {"payments": 1, "differing": 1, "mended": 1}
    assert ask_provider(payments, f"payment_intents/{stray['id']}")["status"] == "canceled"
    assert [line["kind"] for line in _of({"order_id": "gone"})] == ["stray_intent"]
    assert "PaymentDifference" not in capsys.readouterr().out


def should_page_for_a_stray_that_cannot_be_cancelled(
    payments: PaymentProvider, time_of_provider: Time, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    _stray(payments)

    def silent(*_: object) -> None:
        raise PaymentUnavailable()

    monkeypatch.setattr(open_stripe(), "cancel", silent)
    assert _reconcile() == {"payments": 1, "differing": 1, "mended": 0}
    assert '"PaymentDifference":[1' in capsys.readouterr().out.replace(" ", "")


def should_give_back_money_that_no_order_knows(
    payments: PaymentProvider, time_of_provider: Time
) -> None:
    member, order = place_for_cash()
    stray = _stray(payments, order["order_id"])
    pay(payments, stray["client_secret"])
    assert _reconcile()["mended"] == 1
    assert _reconcile()["differing"] == 0
    made = ask_provider(payments, f"refunds?payment_intent={stray['id']}")["data"]
    assert [refund["amount"] for refund in made] == [700]
    assert order_of(member, order["order_id"])["status"] == "pending_payment"


def should_leave_a_young_intent_to_whoever_opened_it(
    payments: PaymentProvider, time_of_provider: Time
) -> None:
    stray = _stray(payments)
    time_of_provider.set(stray["created"] * 1000 + STRAY_AGE_MS - 1000)
    assert _reconcile()["differing"] == 0
    assert ask_provider(payments, f"payment_intents/{stray['id']}")["status"] != "canceled"


def should_report_refunds_that_were_not_the_malls(
    payments: PaymentProvider, time_of_provider: Time
) -> None:
    member, order = place_for_cash()
    pay(payments, order["payment"]["client_secret"])
    tell_of(payments, order)
    ask_provider(payments, "refunds", payment_intent=intent_of(order), amount=120)
    assert _reconcile()["mended"] == 0
    (line,) = _of(order)
    assert (line["kind"], line["expected"], line["found"]) == ("refunds_differ", 0, 120)
    assert order_of(member, order["order_id"])["refunds"] == []


def should_report_other_money_than_the_order_asks_for(
    payments: PaymentProvider, time_of_provider: Time
) -> None:
    _, order = place_for_cash()
    ask_provider(payments, f"payment_intents/{intent_of(order)}", amount=499)
    pay(payments, order["payment"]["client_secret"])
    _reconcile()
    (line,) = _of(order)
    assert (line["kind"], line["expected"], line["found"]) == ("amount_differs", AMOUNT, 499)


def should_see_only_its_own_stages_intents(
    payments: PaymentProvider, time_of_provider: Time
) -> None:
    metadata = {"order_id": "gone", "stage": "another"}
    other = ask_provider(payments, "payment_intents", amount=1, currency="usd", metadata=metadata)
    assert _reconcile()["payments"] == 0
    assert ask_provider(payments, f"payment_intents/{other['id']}")["status"] != "canceled"


def should_page_through_many_payments(
    payments: PaymentProvider, time_of_provider: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        _stray(payments, "many")
    monkeypatch.setattr("mall.payments.stripe_provider._PAGE", 2)
    assert _reconcile()["payments"] == 5


def should_read_the_orders_of_a_hundred_payments_at_once(
    payments: PaymentProvider, time_of_provider: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many days there are to compare, a job has a quarter of an hour."""
    for _ in range(3):
        place_for_cash()
    _stray(payments, place_for_cash()[1]["order_id"])
    monkeypatch.setattr("mall.store.payments._TOGETHER", 4)
    asked: list[int] = []
    store = open_store()
    read = store.get_many

    def count(wanted: Any, **named: Any) -> Any:
        asked.append(len(wanted))
        return read(wanted, **named)

    monkeypatch.setattr(store, "get_many", count)
    assert _reconcile()["payments"] == 5
    assert asked == [3, 1]  # the newest four are of three orders


def should_see_no_difference_in_what_is_paid_while_it_compares(
    payments: PaymentProvider, time_of_provider: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is older than the orders that it is held against."""
    _, order = place_for_cash()

    def paid_meanwhile(*asked: Any) -> Any:
        pay(payments, order["payment"]["client_secret"])
        tell_of(payments, order)
        return read_orders(*asked)

    monkeypatch.setattr("mall.store.payments.read_orders", paid_meanwhile)
    assert _reconcile() == {"payments": 1, "differing": 0, "mended": 0}


def should_show_a_report_by_its_day(payments: PaymentProvider, time_of_provider: Time) -> None:
    assert _report().code == "not_found"
    _reconcile()
    newest = _report().body
    assert _report(date=newest["date"]).body == newest
    assert _report(date="2020-02-02").code == "not_found"
    assert _report(date="soon").fields == ["date"]
