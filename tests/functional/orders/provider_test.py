"""The port to the payment provider, held to a real counterpart."""

import logging
from typing import Any

import pytest
import stripe
from mall.errors import CashNotAccepted, PaymentUnavailable
from mall.money import Money
from mall.orders.provider import Provider
from mall.payments import open_provider, open_stripe, stripe_provider
from mall.payments.secret import PaymentKeys, payment_secret

from local.payment_provider import PaymentProvider
from tests.builders import any_id
from tests.payments import (
    ASKS_THE_BANK,
    DECLINED,
    NOBODY_THERE,
    Refusing,
    ask_provider,
    authenticate,
    hold_keys,
    pay,
)

FIVE = Money(500, "USD")


@pytest.fixture
def provider(payments: PaymentProvider) -> Provider:
    """The provider as the mall's functions are given it."""
    return open_provider()


def should_open_one_intent_for_the_same_order_and_money(provider: Provider) -> None:
    order = any_id()
    opened = provider.open(order, "member", FIVE)
    assert provider.open(order, "member", FIVE) == opened
    assert (opened.order_id, opened.status, opened.money) == (order, "open", FIVE)
    assert opened.client_secret not in repr(opened)
    assert provider.open(order, "member", Money(501, "USD")).intent_id != opened.intent_id
    assert provider.find(opened.intent_id) == opened


def should_open_another_when_the_first_was_cancelled_long_ago(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replayed answer is as old as its intent, so the intent is asked for."""
    order = any_id()
    opened = provider.open(order, "member", FIVE)
    provider.cancel(opened.intent_id)
    monkeypatch.setattr(stripe_provider, "_FRESH_S", -60)
    again = provider.open(order, "member", FIVE)
    assert (again.status, again.intent_id != opened.intent_id) == ("open", True)
    assert provider.open(order, "member", FIVE) == again


@pytest.mark.parametrize("money", [Money(500, "JPY"), Money(5120, "KWD"), Money(5, "ISK")])
def should_ask_for_each_currency_in_its_own_units(
    payments: PaymentProvider, provider: Provider, money: Money
) -> None:
    """Case 5."""
    opened = provider.open(any_id(), "member", money)
    assert opened.money == money
    pay(payments, opened.client_secret)
    assert provider.refund(opened.intent_id, any_id(), money.amount) == "paid"
    found = provider.find(opened.intent_id)
    assert found is not None
    assert found.refunded == money.amount


def should_refuse_an_amount_that_cannot_be_asked_for(provider: Provider) -> None:
    with pytest.raises(CashNotAccepted):
        provider.open(any_id(), "member", Money(5124, "KWD"))


def should_say_open_until_money_was_taken(payments: PaymentProvider, provider: Provider) -> None:
    opened = provider.open(any_id(), "member", FIVE)
    told = []
    for card in (DECLINED, ASKS_THE_BANK):
        pay(payments, opened.client_secret, card)
        told.append(getattr(provider.find(opened.intent_id), "status", ""))
    authenticate(payments, opened.client_secret, success=True)
    told.append(getattr(provider.find(opened.intent_id), "status", ""))
    assert told == ["open", "open", "succeeded"]


def should_cancel_once_and_say_what_was_faster(
    payments: PaymentProvider, provider: Provider
) -> None:
    unpaid = provider.open(any_id(), "member", FIVE)
    for _ in range(2):
        assert provider.cancel(unpaid.intent_id).status == "cancelled"
    paid = provider.open(any_id(), "member", FIVE)
    pay(payments, paid.client_secret)
    assert provider.cancel(paid.intent_id).status == "succeeded"


def should_not_know_an_intent_that_never_was(provider: Provider) -> None:
    assert provider.find("pi_never") is None
    with pytest.raises(PaymentUnavailable):
        provider.cancel("pi_never")
    with pytest.raises(PaymentUnavailable):
        provider.refund("pi_never", any_id(), 1)


def should_refund_in_parts_and_never_more_than_there_is(
    payments: PaymentProvider, provider: Provider
) -> None:
    opened = provider.open(any_id(), "member", FIVE)
    pay(payments, opened.client_secret)
    first, second, third = any_id(), any_id(), any_id()
    assert provider.refund(opened.intent_id, first, 200) == "paid"
    assert provider.refund(opened.intent_id, first, 200) == "paid"
    assert provider.refund(opened.intent_id, second, 300) == "paid"
    assert provider.refund(opened.intent_id, third, 1) == "failed"
    assert provider.refunds(opened.intent_id) == {first: "paid", second: "paid"}
    assert getattr(provider.find(opened.intent_id), "refunded", 0) == 500


def should_ask_for_no_more_than_the_provider_still_holds(
    payments: PaymentProvider, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stripe has no code for it, and would be asked again for ever."""
    opened = provider.open(any_id(), "member", FIVE)
    pay(payments, opened.client_secret)
    assert provider.refund(opened.intent_id, any_id(), 300) == "paid"
    monkeypatch.setattr(stripe_provider, "_NOT_REFUNDABLE", ())
    assert provider.refund(opened.intent_id, any_id(), 201) == "failed"
    assert provider.refund(opened.intent_id, any_id(), 200) == "paid"


def should_ask_anew_for_what_was_refused_once_for_certain(
    payments: PaymentProvider, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stripe keeps the refusal under its key for a day: the next attempt has another one."""
    opened, refund = provider.open(any_id(), "member", FIVE), any_id()
    pay(payments, opened.client_secret)
    stripe_ = Refusing(monkeypatch, "/refunds", 400, "balance_insufficient")
    assert provider.refund(opened.intent_id, refund, 200) == "refused"
    stripe_.mended = True
    assert provider.refund(opened.intent_id, refund, 200) == "refused"
    for attempt in (2, 2, 1, 3):
        assert provider.refund(opened.intent_id, refund, 200, attempt) == "paid"
    assert provider.refunds(opened.intent_id) == {refund: "paid"}
    assert getattr(provider.find(opened.intent_id), "refunded", 0) == 200


@pytest.mark.parametrize("code", ["charge_disputed", "charge_already_refunded"])
def should_say_that_a_refund_never_will_be(
    payments: PaymentProvider, provider: Provider, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """Another refund, once that dispute is over, has an id and so a key of its own."""
    opened = provider.open(any_id(), "member", FIVE)
    pay(payments, opened.client_secret)
    stripe_ = Refusing(monkeypatch, "/refunds", 400, code)
    assert provider.refund(opened.intent_id, any_id(), 200) == "failed"
    stripe_.mended = True
    assert provider.refund(opened.intent_id, any_id(), 200) == "paid"


def should_leave_the_key_of_a_refund_whose_outcome_is_unknown(
    payments: PaymentProvider, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, refund = provider.open(any_id(), "member", FIVE), any_id()
    pay(payments, opened.client_secret)
    stripe_ = Refusing(monkeypatch, "/refunds", 500, "")
    for _ in range(2):
        with pytest.raises(PaymentUnavailable):
            provider.refund(opened.intent_id, refund, 200)
    assert len(stripe_.kept) == 1


def should_open_another_intent_where_an_error_is_kept(
    payments: PaymentProvider, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key of an order would be answered with that error for a day."""
    order = any_id()
    stripe_ = Refusing(monkeypatch, "/payment_intents", 500, "")
    with pytest.raises(PaymentUnavailable):
        provider.open(order, "member", FIVE)
    stripe_.mended = True
    opened = provider.open(order, "member", FIVE)
    assert (opened.status, opened.order_id) == ("open", order)
    assert provider.open(order, "member", FIVE) == opened


def should_say_that_dinars_cannot_go_back_in_odd_fils(
    payments: PaymentProvider, provider: Provider
) -> None:
    opened = provider.open(any_id(), "member", Money(5120, "KWD"))
    pay(payments, opened.client_secret)
    assert provider.refund(opened.intent_id, any_id(), 5) == "failed"


def should_be_unavailable_when_nobody_answers(stage: None) -> None:
    provider = open_provider()
    for ask in (
        lambda: provider.open(any_id(), "member", FIVE),
        lambda: provider.find("pi_1"),
        lambda: list(provider.since(0)),
    ):
        with pytest.raises(PaymentUnavailable):
            ask()


def should_be_unavailable_without_a_key(stage: None) -> None:
    hold_keys(PaymentKeys())
    with pytest.raises(PaymentUnavailable):
        open_provider().find("pi_1")


def should_read_a_rotated_key_at_once(payments: PaymentProvider, provider: Provider) -> None:
    """The old key is refused, so the secret is read again before anybody is turned away."""
    good = payment_secret().keys()
    hold_keys(good.model_copy(update={"api_key": "rk_retired"}))
    payment_secret().keys(fresh=True)
    hold_keys(good)
    assert provider.open(any_id(), "member", FIVE).status == "open"


def should_tell_nobody_the_keys(
    payments: PaymentProvider, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[str] = []

    def overheard(_: logging.Logger, record: logging.LogRecord) -> None:
        logged.append(str(vars(record)))

    monkeypatch.setattr(logging.Logger, "handle", overheard)
    keys = payment_secret().keys()
    hold_keys(keys.model_copy(update={"api_base": NOBODY_THERE}))
    payment_secret().keys(fresh=True)
    with pytest.raises(PaymentUnavailable) as silent:
        provider.find("pi_1")
    assert any("provider silent" in line for line in logged)
    told = "".join(logged) + repr(keys) + repr(silent.value) + str(silent.value)
    for secret in (keys.api_key, *keys.webhook_secrets):
        assert secret not in told


def should_pin_the_version_of_the_api(
    payments: PaymentProvider, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    ask: Any = stripe.RequestsClient._request_internal

    def listen(self: Any, method: str, url: str, headers: Any, *more: Any, **named: Any) -> Any:
        sent.append((method, headers))
        return ask(self, method, url, headers, *more, **named)

    monkeypatch.setattr(stripe.RequestsClient, "_request_internal", listen)
    provider.cancel(provider.open(any_id(), "member", FIVE).intent_id)
    assert {headers["Stripe-Version"] for _, headers in sent} == {stripe_provider.API_VERSION}
    assert all(headers["Idempotency-Key"] for method, headers in sent if method == "post")
    assert open_stripe() is open_stripe()
    assert ask_provider(payments, "events")["object"] == "list"
