"""`cancel_unpaid_orders`: what nobody paid in time comes back, unless the money has arrived."""

from dataclasses import replace
from typing import Any

import pytest
from mall import keys
from mall.clock import HOUR_MS
from mall.orders.provider import Intent
from mall.payments import open_stripe
from mall.payments.secret import payment_secret
from mall.store import open_store
from mall.store.unpaid import unpaid_orders
from mall.writes import put

from functions.orders.cancel_unpaid_orders import _RANDOM
from local.payment_provider import PaymentProvider
from tests.functional.acts import (
    any_member_with,
    any_product,
    available,
    cancel,
    close_account,
    order_of,
    place,
    shelf_holds,
)
from tests.functional.orders.cash import (
    AMOUNT,
    intent_of,
    place_for_cash,
    steps,
    tell_of,
)
from tests.functional.times import DAY, HOUR, MINUTE, NOON, SECOND, Time
from tests.payments import NOBODY_THERE, ask_provider, hold_keys, pay
from tests.stage import BY_NAME, handler

TIMEOUT = 30 * MINUTE


@pytest.fixture(autouse=True)
def few_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour of orders in one bucket: moto is slow to look into many."""
    monkeypatch.setattr(keys, "STATUS_BUCKETS", 1)


def _sweep() -> dict[str, int]:
    counts: dict[str, int] = handler("cancel_unpaid_orders")({}, None)
    return {name: count for name, count in counts.items() if count}


def _limited() -> str:
    price = {"points": 50, "cash": {"amount": AMOUNT, "currency": "USD"}}
    return any_product(price=price, limit_per_member={"units": 1, "per": "ever"})


def should_give_back_points_stock_and_limit_when_time_is_up(
    payments: PaymentProvider, time: Time
) -> None:
    product = _limited()
    member, order = place_for_cash(any_member_with(100), product)
    time.forward(TIMEOUT - 1)
    assert _sweep() == {}
    time.forward(1)
    assert _sweep() == {"cancelled": 1}
    assert steps(member, order)[1:] == [("cancelled", "system", "timeout")]
    assert (available(member), shelf_holds(product)) == (100, 3)
    found = ask_provider(payments, f"payment_intents/{intent_of(order)}")
    assert found["status"] == "canceled"
    assert place_for_cash(member, product)[1]["status"] == "pending_payment"
    assert _sweep() == {}


def should_not_cancel_what_the_provider_says_is_paid(payments: PaymentProvider, time: Time) -> None:
    """Case 57: the webhook was lost, and the timeout asks first."""
    member, order = place_for_cash()
    pay(payments, order["payment"]["client_secret"])
    time.forward(TIMEOUT)
    assert _sweep() == {"paid": 1}
    assert steps(member, order)[1:] == [("placed", "system", "paid")]
    assert _sweep() == {}


def should_leave_an_order_payable_while_the_provider_is_silent(
    payments: PaymentProvider, time: Time, capsys: pytest.CaptureFixture[str]
) -> None:
    member, order = place_for_cash()
    time.forward(TIMEOUT)
    live = payment_secret().keys()
    hold_keys(live.model_copy(update={"api_base": NOBODY_THERE}))
    payment_secret().keys(fresh=True)
    assert _sweep() == {"silent": 1}
    assert order_of(member, order["order_id"])["status"] == "pending_payment"
    assert "PaymentStuck" not in capsys.readouterr().out
    time.forward(HOUR)
    _sweep()
    assert "PaymentStuck" in capsys.readouterr().out
    hold_keys(live)
    payment_secret().keys(fresh=True)
    assert pay(payments, order["payment"]["client_secret"]) == "succeeded"
    assert tell_of(payments, order).status == 200
    assert order_of(member, order["order_id"])["status"] == "placed"


def should_cancel_the_others_when_one_fails(payments: PaymentProvider, time: Time) -> None:
    first, one = place_for_cash()
    second, other = place_for_cash()
    item = open_store().get("orders", keys.order(one["order_id"])) or {}
    open_store().transact([put("orders", {**item, "spent_revision": 99})])
    time.forward(TIMEOUT)
    with pytest.raises(RuntimeError, match="1 orders"):
        _sweep()
    assert order_of(second, other["order_id"])["status"] == "cancelled"
    assert order_of(first, one["order_id"])["status"] == "pending_payment"


def should_give_back_to_a_closed_account(payments: PaymentProvider, time: Time) -> None:
    product = _limited()
    member, order = place_for_cash(any_member_with(100), product)
    close_account(member)
    time.forward(TIMEOUT)
    assert _sweep() == {"cancelled": 1}
    assert steps(member, order)[1:] == [("cancelled", "system", "timeout")]
    assert shelf_holds(product) == 3


def should_cancel_what_was_paid_and_given_back_at_the_provider(
    payments: PaymentProvider, time: Time
) -> None:
    member, order = place_for_cash()
    pay(payments, order["payment"]["client_secret"])
    ask_provider(payments, "refunds", payment_intent=intent_of(order))
    time.forward(TIMEOUT)
    assert _sweep() == {"cancelled": 1}
    assert steps(member, order)[1:] == [("cancelled", "system", "timeout")]


def should_keep_what_other_money_paid_for_somebody_to_look_at(
    payments: PaymentProvider, time: Time, capsys: pytest.CaptureFixture[str]
) -> None:
    """Case 55: neither paid nor cancelled, and every look pages."""
    member, order = place_for_cash()
    ask_provider(payments, f"payment_intents/{intent_of(order)}", amount=1)
    pay(payments, order["payment"]["client_secret"])
    time.forward(TIMEOUT)
    assert _sweep() == {"mismatch": 1}
    assert "PaymentMismatch" in capsys.readouterr().out
    assert order_of(member, order["order_id"])["status"] == "pending_payment"
    assert {"PaymentMismatch", "PaymentStuck"} <= {*BY_NAME["cancel_unpaid_orders"].pages}


def should_not_take_banks_that_decide_for_a_provider_that_is_silent(
    payments: PaymentProvider,
    time: Time,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """However many wait for a bank, those that nobody pays are given up at once."""
    product = any_product(
        codes=10, price={"points": 50, "cash": {"amount": 500, "currency": "USD"}}
    )
    waiting = [place_for_cash(product=product)[1] for _ in range(9)]
    _, abandoned = place_for_cash(product=product)
    at_banks = {intent_of(order) for order in waiting}
    till = open_stripe()
    cancel_intent = till.cancel

    def processing(intent_id: str) -> Intent:
        if intent_id not in at_banks:
            return cancel_intent(intent_id)
        found = till.find(intent_id)
        assert found
        return replace(found, status="processing")

    monkeypatch.setattr(till, "cancel", processing)
    monkeypatch.setattr(_RANDOM, "sample", lambda over, _: sorted(
        over, key=lambda order: order.order_id == abandoned["order_id"]
    ))  # fmt: skip
    time.forward(TIMEOUT)
    assert _sweep() == {"processing": 9, "cancelled": 1}
    assert "PaymentStuck" not in capsys.readouterr().out
    time.forward(HOUR)
    assert _sweep() == {"processing": 9}
    assert "PaymentStuck" in capsys.readouterr().out


# --- finding them --------------------------------------------------------------------------------


def _asked_hours(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    store: Any = open_store()
    query_all = store.query_all

    def listen(table: str, condition: str, values: Any, **more: Any) -> Any:
        asked.append(values["partition"].split("#")[2])
        return query_all(table, condition, values, **more)

    monkeypatch.setattr(store, "query_all", listen)
    return asked


def should_look_only_where_orders_may_be(
    payments: PaymentProvider, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cost of a look follows what is open, not how long the stage has lived."""
    _, order = place_for_cash()
    unpaid_orders(open_store())
    time.forward(20 * DAY)
    unpaid_orders(open_store())
    unpaid_orders(open_store())
    unpaid_orders(open_store())
    asked = _asked_hours(monkeypatch)
    assert [o.order_id for o in unpaid_orders(open_store())] == [order["order_id"]]
    assert len({*asked}) <= 4
    assert "2026112212" in asked


def should_find_what_was_placed_after_the_clock_went_back(
    payments: PaymentProvider, time: Time
) -> None:
    time.set(NOON + 5 * DAY)
    unpaid_orders(open_store())
    time.set(NOON)
    _, order = place_for_cash()
    assert [o.order_id for o in unpaid_orders(open_store())] == [order["order_id"]]


def should_find_new_orders_while_it_catches_up_with_a_clock_that_leapt(
    payments: PaymentProvider, time: Time
) -> None:
    unpaid_orders(open_store())
    time.set(NOON + 40 * DAY)
    _, order = place_for_cash()
    assert [o.order_id for o in unpaid_orders(open_store())] == [order["order_id"]]


def should_find_an_order_that_the_index_shows_late(payments: PaymentProvider, time: Time) -> None:
    time.set(NOON + HOUR - SECOND)
    unpaid_orders(open_store())
    _, order = place_for_cash()
    time.forward(HOUR_MS + 10 * MINUTE)
    assert [o.order_id for o in unpaid_orders(open_store())] == [order["order_id"]]


def should_not_see_what_is_paid_or_cancelled(payments: PaymentProvider) -> None:
    member, order = place_for_cash()
    place(any_member_with(100), any_product())
    cancel(member, order["order_id"])
    assert unpaid_orders(open_store()) == []
