"""Queue `refund_payment`: the provider gives back what an order owes, once."""

import json
from typing import Any

import pytest
from mall.orders import messages
from mall.orders.changes import cancel as cancel_order
from mall.orders.provider import RefundStatus
from mall.payments import open_stripe, stripe_provider
from mall.payments.secret import payment_secret
from mall.store import open_store
from mall.store.orders import account_of, find_order
from mall.store.settling import note_refund

from local.payment_provider import PaymentProvider
from tests.functional.acts import deliver, everything, order_of
from tests.functional.orders.cash import AMOUNT, intent_of, place_for_cash, steps, tell, tell_of
from tests.payments import NOBODY_THERE, Refusing, ask_provider, hold_keys, pay
from tests.stage import BY_NAME


def _owing(payments: PaymentProvider) -> tuple[str, dict[str, Any], str]:
    """A member, their order that was paid and then cancelled, and the message of its refund."""
    member, order = place_for_cash()
    pay(payments, order["payment"]["client_secret"])
    tell_of(payments, order)
    store = open_store()
    found = find_order(store, order["order_id"])
    spent, newest = account_of(store, found)
    writes, after = cancel_order(found, spent, newest, store.now(), actor="system")
    store.transact(writes)
    message = {"order_id": found.order_id, "refund_id": after.refunds[-1].refund_id}
    return member, order, messages.RefundPayment(**message).model_dump_json()


def _given(payments: PaymentProvider, order: dict[str, Any]) -> list[int]:
    made = ask_provider(payments, f"refunds?payment_intent={intent_of(order)}")["data"]
    return [refund["amount"] for refund in made]


def should_give_money_back_and_say_so(payments: PaymentProvider) -> None:
    member, order, message = _owing(payments)
    assert deliver("refund_payment", message) == []
    assert _given(payments, order) == [AMOUNT]
    assert steps(member, order)[-1] == ("cancelled", "system", "money_refunded")
    (refund,) = order_of(member, order["order_id"])["refunds"]
    assert (refund["cash_amount"], refund["status"]) == (AMOUNT, "paid")


def should_give_money_back_once_however_often_it_is_asked(payments: PaymentProvider) -> None:
    _, order, message = _owing(payments)
    assert deliver("refund_payment", message, message) == []
    before = everything()
    assert deliver("refund_payment", message) == []
    assert everything() == before
    assert _given(payments, order) == [AMOUNT]


def should_note_a_refund_that_was_made_before_a_death(payments: PaymentProvider) -> None:
    """The provider forgot the idempotency key long ago, and still knows the refund."""
    member, order, message = _owing(payments)
    refund_id = json.loads(message)["refund_id"]
    ask_provider(
        payments, "refunds", payment_intent=intent_of(order), amount=AMOUNT,
        metadata={"refund_id": refund_id},
    )  # fmt: skip
    assert deliver("refund_payment", message) == []
    assert _given(payments, order) == [AMOUNT]
    assert order_of(member, order["order_id"])["refunds"][-1]["status"] == "paid"


def should_try_again_while_the_provider_is_silent(payments: PaymentProvider) -> None:
    member, order, message = _owing(payments)
    live = payment_secret().keys()
    hold_keys(live.model_copy(update={"api_base": NOBODY_THERE}))
    payment_secret().keys(fresh=True)
    before = everything()
    assert deliver("refund_payment", message) == ["0"]
    assert everything() == before
    hold_keys(live)
    payment_secret().keys(fresh=True)
    assert deliver("refund_payment", message) == []
    assert order_of(member, order["order_id"])["refunds"][-1]["status"] == "paid"


def should_ask_anew_for_what_the_provider_refused(
    payments: PaymentProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays due and is asked for under another key, once the balance suffices: never twice."""
    member, order, message = _owing(payments)
    stripe = Refusing(monkeypatch, "/refunds", 400, "balance_insufficient")
    told = len(steps(member, order))
    assert deliver("refund_payment", message) == ["0"]
    assert deliver("refund_payment", message) == ["0"]
    stripe.mended = True
    assert deliver("refund_payment", message) == []
    assert deliver("refund_payment", message) == []
    assert _given(payments, order) == [AMOUNT]
    assert [key.rpartition(".")[2] for key in stripe.kept] == ["cancel", "2"]
    assert len(steps(member, order)) == told + 1
    assert order_of(member, order["order_id"])["refunds"][-1]["status"] == "paid"


def should_page_when_the_provider_never_will(
    payments: PaymentProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    member, order, message = _owing(payments)
    ask_provider(payments, "refunds", payment_intent=intent_of(order), amount=AMOUNT)
    assert deliver("refund_payment", message) == []
    assert "RefundFailed" in capsys.readouterr().out
    assert steps(member, order)[-1] == ("cancelled", "system", "money_failed")
    assert order_of(member, order["order_id"])["refunds"][-1]["status"] == "failed"
    assert _given(payments, order) == [AMOUNT]
    assert deliver("refund_payment", message) == []
    assert "RefundFailed" not in capsys.readouterr().out
    assert BY_NAME["refund_payment"].pages == ("RefundFailed",)


def should_page_for_a_refund_whose_failure_is_noted_by_a_function_that_dies(
    payments: PaymentProvider, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it is noted nobody asks again, so the page goes out first."""
    member, order, message = _owing(payments)
    ask_provider(payments, "refunds", payment_intent=intent_of(order), amount=AMOUNT)
    store = open_store()
    commit = store.commit

    def dies(attempt: Any) -> None:
        commit(attempt)
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(store, "commit", dies)
        assert deliver("refund_payment", message) == ["0"]
    assert order_of(member, order["order_id"])["refunds"][-1]["status"] == "failed"
    assert deliver("refund_payment", message) == []
    assert capsys.readouterr().out.count('"RefundFailed":[1') == 1


def should_keep_a_pending_refund_due_and_follow_it_wherever_it_goes(
    payments: PaymentProvider, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bank takes days, and may send back what was paid already."""
    member, order, message = _owing(payments)
    statuses: dict[str, RefundStatus] = dict(stripe_provider._REFUND_STATUSES)
    monkeypatch.setattr(stripe_provider, "_REFUND_STATUSES", statuses)
    told = json.dumps({"type": "refund.updated", "data": {"object": {
        "object": "refund", "id": "re_1", "payment_intent": intent_of(order)
    }}}).encode()  # fmt: skip
    del statuses["succeeded"]
    assert deliver("refund_payment", message) == []
    ends: list[tuple[RefundStatus, str]] = [
        ("pending", "due"), ("paid", "paid"), ("failed", "failed"), ("paid", "failed")
    ]  # fmt: skip
    for status, shown in ends:
        statuses["succeeded"] = status
        for _ in range(2):
            assert tell(payments, told).status == 200
        assert order_of(member, order["order_id"])["refunds"][-1]["status"] == shown
    assert capsys.readouterr().out.count('"RefundFailed":[1') == 1
    assert [step[-1] for step in steps(member, order)[-2:]] == ["money_refunded", "money_failed"]
    assert _given(payments, order) == [AMOUNT]
    assert "RefundFailed" in BY_NAME["receive_webhook"].pages


def should_leave_a_message_of_no_order_to_the_dead_letters(payments: PaymentProvider) -> None:
    assert deliver("refund_payment", '{"order_id": "gone", "refund_id": "gone.cancel"}') == ["0"]


def should_note_nothing_of_an_order_that_is_gone(payments: PaymentProvider) -> None:
    assert note_refund(open_store(), "gone", "gone.cancel", given=True) is None


def should_ask_nobody_for_a_refund_that_is_not_due(
    payments: PaymentProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, message = _owing(payments)
    deliver("refund_payment", message)
    asked: list[str] = []
    monkeypatch.setattr(open_stripe(), "refund", lambda *_: asked.append("refund"))
    assert deliver("refund_payment", message) == []
    assert asked == []
