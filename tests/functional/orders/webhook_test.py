"""POST /v1/payments/webhook: what the provider says settles an order, however it arrives."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from mall.payments.secret import PaymentKeys, payment_secret
from mall.payments.webhook import AGE_S_MAX, SIZE_BYTES_MAX

from local.payment_provider import PaymentProvider
from tests.functional.acts import (
    any_member_with,
    any_product,
    available,
    cancel,
    deliver,
    everything,
    order_of,
    place,
)
from tests.functional.orders.cash import (
    AMOUNT,
    await_payment,
    intent_of,
    place_for_cash,
    steps,
    tell,
    tell_of,
)
from tests.functional.times import NOON
from tests.payments import (
    ASKS_THE_BANK,
    DECLINED,
    NOBODY_THERE,
    OLD_SECRET,
    ask_provider,
    authenticate,
    event_of,
    hold_keys,
    pay,
    signed,
)
from tests.stage import BY_NAME


def should_place_an_order_once_it_is_paid(payments: PaymentProvider) -> None:
    member, order = place_for_cash()
    assert order["status"] == "pending_payment"
    assert pay(payments, order["payment"]["client_secret"]) == "succeeded"
    assert tell_of(payments, order).status == 200
    assert steps(member, order) == [("pending_payment", "member"), ("placed", "system", "paid")]


def should_move_an_order_once_however_often_it_is_told(payments: PaymentProvider) -> None:
    """Case 52: the same event three times is one transition, and one message to fulfil it."""
    member, order = place_for_cash()
    pay(payments, order["payment"]["client_secret"])
    tell_of(payments, order)
    before = everything()
    for _ in range(2):
        assert tell_of(payments, order).status == 200
    assert everything() == before
    assert len(steps(member, order)) == 2


def should_ask_the_provider_and_believe_no_event(payments: PaymentProvider) -> None:
    member, order = place_for_cash()
    before = everything()
    assert tell_of(payments, order).status == 200
    assert everything() == before
    assert order_of(member, order["order_id"])["status"] == "pending_payment"


def should_settle_a_refund_that_is_told_before_its_payment(
    payments: PaymentProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    """Case 53: whichever comes first, the order ends as the provider has it: not fully paid."""
    member, order = place_for_cash()
    intent = intent_of(order)
    pay(payments, order["payment"]["client_secret"])
    ask_provider(payments, "refunds", payment_intent=intent, amount=AMOUNT // 2)
    charge = {"object": "charge", "id": "ch_1", "payment_intent": intent}
    body = json.dumps({"id": "evt_2", "type": "charge.refunded", "data": {"object": charge}})
    assert tell(payments, body.encode()).status == 200
    assert tell_of(payments, order).status == 200
    assert steps(member, order) == [("pending_payment", "member")]
    assert "PaymentMismatch" in capsys.readouterr().out


def should_not_place_what_was_given_back_whole(payments: PaymentProvider) -> None:
    """Case 53, of all the money: it is as if nothing had been paid."""
    member, order = place_for_cash()
    pay(payments, order["payment"]["client_secret"])
    ask_provider(payments, "refunds", payment_intent=intent_of(order))
    tell_of(payments, order)
    assert order_of(member, order["order_id"])["status"] == "pending_payment"


def should_ignore_a_failure_told_after_the_payment(payments: PaymentProvider) -> None:
    """Case 54: the first card was declined, the second paid, and the failure arrives last."""
    member, order = place_for_cash()
    secret = order["payment"]["client_secret"]
    assert pay(payments, secret, DECLINED) == "card_declined"
    assert pay(payments, secret) == "succeeded"
    tell_of(payments, order)
    assert tell_of(payments, order, "payment_intent.payment_failed").status == 200
    assert steps(member, order)[1:] == [("placed", "system", "paid")]


def should_leave_an_order_payable_when_a_card_is_declined(payments: PaymentProvider) -> None:
    member, order = place_for_cash()
    pay(payments, order["payment"]["client_secret"], DECLINED)
    tell_of(payments, order, "payment_intent.payment_failed")
    shown = order_of(member, order["order_id"])
    assert (shown["status"], shown["payment"]) == ("pending_payment", order["payment"])


@pytest.mark.parametrize(("success", "status"), [(True, "placed"), (False, "pending_payment")])
def should_wait_for_the_members_bank(payments: PaymentProvider, success: bool, status: str) -> None:
    member, order = place_for_cash()
    secret = order["payment"]["client_secret"]
    assert pay(payments, secret, ASKS_THE_BANK) == "requires_action"
    tell_of(payments, order)
    assert order_of(member, order["order_id"])["status"] == "pending_payment"
    authenticate(payments, secret, success=success)
    tell_of(payments, order)
    assert order_of(member, order["order_id"])["status"] == status


@pytest.mark.parametrize("change", [{"amount": AMOUNT - 1}, {"currency": "eur"}])
def should_leave_an_order_unpaid_by_other_money(
    payments: PaymentProvider, capsys: pytest.CaptureFixture[str], change: dict[str, object]
) -> None:
    """Case 55: it stays unpaid, and a metric pages."""
    member, order = place_for_cash()
    ask_provider(payments, f"payment_intents/{intent_of(order)}", **change)
    pay(payments, order["payment"]["client_secret"])
    capsys.readouterr()
    assert tell_of(payments, order).status == 200
    assert '"PaymentMismatch":[1' in capsys.readouterr().out.replace(" ", "")
    assert order_of(member, order["order_id"])["status"] == "pending_payment"
    assert "PaymentMismatch" in BY_NAME["receive_webhook"].pages


# --- late money ----------------------------------------------------------------------------------


def should_give_late_money_back_once(payments: PaymentProvider) -> None:
    """Case 50: what arrives for a cancelled order is due back, and goes back once."""
    member, order = await_payment(payments, cancelled_first=True)
    assert order_of(member, order["order_id"])["status"] == "cancelled"
    points = available(member)
    for _ in range(2):
        assert tell_of(payments, order).status == 200
    shown = order_of(member, order["order_id"])
    late = [refund for refund in shown["refunds"] if refund["cash_amount"]]
    assert [(refund["cash_amount"], refund["status"]) for refund in late] == [(AMOUNT, "due")]
    for _ in range(2):
        message = {"order_id": order["order_id"], "refund_id": late[0]["refund_id"]}
        assert deliver("refund_payment", json.dumps(message)) == []
    shown = order_of(member, order["order_id"])
    assert [step[-1] for step in steps(member, order)[-2:]] == ["late_payment", "money_refunded"]
    assert shown["refunds"][-1]["status"] == "paid"
    made = ask_provider(payments, f"refunds?payment_intent={intent_of(order)}")["data"]
    assert [refund["amount"] for refund in made] == [AMOUNT]
    assert available(member) == points


def should_come_to_one_end_when_a_cancel_meets_a_payment(payments: PaymentProvider) -> None:
    """Case 50: the money was faster, so the order is paid and not cancelled; or it was not."""
    member, order = place_for_cash()
    pay(payments, order["payment"]["client_secret"])
    answer = cancel(member, order["order_id"])
    assert (answer.status, answer.code) == (409, "not_cancellable")
    assert steps(member, order)[1:] == [("placed", "system", "paid")]
    other, unpaid = place_for_cash()
    assert cancel(other, unpaid["order_id"]).status == 200
    assert pay(payments, unpaid["payment"]["client_secret"]) != "succeeded"


# --- who may say so ------------------------------------------------------------------------------


def should_take_any_live_secret(payments: PaymentProvider) -> None:
    """A rotation has two live secrets."""
    for secret in (payments.keys.webhook_secrets[0], OLD_SECRET):
        body = event_of("pi_nobodys")
        assert tell(payments, body, signed(body, secret, NOON // 1000)).status == 200


def should_read_the_secret_anew_within_five_minutes(
    payments: PaymentProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 56: a retired secret signs nothing any more."""
    body = event_of("pi_nobodys")
    header = signed(body, OLD_SECRET, NOON // 1000)
    assert tell(payments, body, header).status == 200
    hold_keys(PaymentKeys(api_key="sk_test_new", webhook_secrets=["whsec_new"]))
    assert tell(payments, body, header).status == 200
    monkeypatch.setattr(payment_secret(), "_good_until", 0.0)
    assert tell(payments, body, header).code == "bad_signature"


def _forged() -> list[tuple[str, str]]:
    body, at = event_of("pi_nobodys"), NOON // 1000
    good = signed(body, OLD_SECRET, at)
    return [
        ("none", ""),
        ("wrong secret", signed(body, "whsec_retired", at)),
        ("another body", signed(body + b" ", OLD_SECRET, at)),
        ("too old", signed(body, OLD_SECRET, at - AGE_S_MAX - 1)),
        ("too early", signed(body, OLD_SECRET, at + AGE_S_MAX + 1)),
        ("another time", good.replace(f"t={at}", f"t={at - 1}")),
        ("two times", f"t={at - 1},{good}"),
        ("no time", good.partition(",")[2]),
        ("another version", good.replace("v1=", "v0=")),
        ("no number", good.replace(f"t={at}", "t=soon")),
        ("nothing signed", f"t={at},v1="),
        ("no empty secret", signed(body, "", at)),
        ("not ascii", f"t={chr(0x661)},v1={chr(0xE9)}"),
    ]


@pytest.mark.parametrize(("what", "header"), _forged())
def should_refuse_what_no_live_secret_signed_lately(
    payments: PaymentProvider, what: str, header: str
) -> None:
    """Case 56: a bad signature, an old time, a retired secret."""
    answer = tell(payments, event_of("pi_nobodys"), header)
    assert (answer.status, answer.code) == (400, "bad_signature"), what


@pytest.mark.parametrize("seconds", [-AGE_S_MAX, AGE_S_MAX])
def should_allow_five_minutes_either_way(payments: PaymentProvider, seconds: int) -> None:
    body = event_of("pi_nobodys")
    header = signed(body, OLD_SECRET, NOON // 1000 + seconds)
    assert tell(payments, body, header).status == 200


def should_refuse_everything_while_no_secret_is_live(payments: PaymentProvider) -> None:
    hold_keys(PaymentKeys(api_key="sk_test_nobody"))
    assert (
        tell_of(payments, {"payment": {"client_secret": "pi_x_secret_y"}, "order_id": "x"}).code
        == "bad_signature"
    )


def should_check_the_bytes_that_were_sent(payments: PaymentProvider) -> None:
    """API Gateway packs what it takes for binary; the signature is over what was sent."""
    body = event_of("pi_nobodys")
    header = signed(body, OLD_SECRET, NOON // 1000)
    assert tell(payments, body, header, packed=True).status == 200
    assert tell(payments, body, header, packed=False).status == 200


def should_refuse_what_is_too_large_to_be_an_event(payments: PaymentProvider) -> None:
    body = b"{" + b" " * SIZE_BYTES_MAX + b"}"
    answer = tell(payments, body, signed(body, OLD_SECRET, NOON // 1000))
    assert (answer.status, answer.code) == (400, "malformed")


# --- what is not ours ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"not json",
        b'{"data": 5}',
        b'{"data": {"object": {"object": "customer", "id": "cus_1"}}}',
        event_of("pi_somebodys"),
        event_of("pi_somebodys", order_id="x", stage="another"),
        event_of("pi_unknown", order_id="x", stage="test"),
    ],
)
def should_take_and_ignore_what_is_not_the_stages_own(
    payments: PaymentProvider, body: bytes
) -> None:
    before = everything()
    assert tell(payments, body).status == 200
    assert everything() == before


def should_ignore_an_intent_whose_order_is_unknown(payments: PaymentProvider) -> None:
    metadata = {"order_id": "gone", "stage": "test"}
    intent = ask_provider(
        payments, "payment_intents", amount=500, currency="usd", metadata=metadata
    )
    pay(payments, intent["client_secret"])
    before = everything()
    body = event_of(intent["id"], order_id="gone", stage="test")
    assert tell(payments, body).status == 200
    assert everything() == before


def should_leave_an_order_to_its_own_intent(payments: PaymentProvider) -> None:
    member, order = place_for_cash()
    metadata = {"order_id": order["order_id"], "stage": "test"}
    other = ask_provider(
        payments, "payment_intents", amount=AMOUNT, currency="usd", metadata=metadata
    )
    pay(payments, other["client_secret"])
    body = event_of(other["id"], order_id=order["order_id"], stage="test")
    assert tell(payments, body).status == 200
    assert order_of(member, order["order_id"])["status"] == "pending_payment"


def should_ask_for_a_delivery_again_while_the_provider_is_silent(payments: PaymentProvider) -> None:
    member, order = place_for_cash()
    pay(payments, order["payment"]["client_secret"])
    live = payment_secret().keys()
    hold_keys(live.model_copy(update={"api_base": NOBODY_THERE}))
    payment_secret().keys(fresh=True)
    answer = tell_of(payments, order)
    assert (answer.status, answer.code) == (503, "payment_unavailable")
    assert order_of(member, order["order_id"])["status"] == "pending_payment"
    hold_keys(live)
    payment_secret().keys(fresh=True)
    assert tell_of(payments, order).status == 200
    assert order_of(member, order["order_id"])["status"] == "placed"


@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 503), ("AccessDenied", 500)])
def should_ask_for_a_delivery_again_when_the_database_fails(
    payments: PaymentProvider, monkeypatch: pytest.MonkeyPatch, code: str, status: int
) -> None:
    """Case 44."""
    _, order = place_for_cash()
    pay(payments, order["payment"]["client_secret"])
    error: Any = {"Error": {"Code": code, "Message": "x"}}

    def fails(**_: object) -> None:
        raise ClientError(error, "GetItem")

    monkeypatch.setattr(boto3.client("dynamodb"), "get_item", fails)
    assert tell_of(payments, order).status == status


def should_ask_no_provider_for_points_alone(stage: None) -> None:
    """Case 58: nobody is there to be asked, and the order is placed at once."""
    order = place(any_member_with(100), any_product())
    assert order["status"] == "placed"
    assert "payment" not in order
