"""POST /v1/orders by quote, for cash, for certain tiers, within a period, and sent by post."""

import subprocess
import sys
from datetime import datetime
from typing import Any

import pytest
from mall import keys
from mall.catalog.product import Price
from mall.catalog.quotes import Quote
from mall.clock import instant, millis
from mall.errors import CashNotAccepted
from mall.orders import placing
from mall.secrets import signing_secret
from mall.store import open_store

from tests.builders import any_id
from tests.events import Answer, member_claims
from tests.functional.acts import (
    ADMIN,
    any_address,
    any_address_request,
    any_confirmed_member,
    any_member_with,
    any_order_request,
    any_product,
    available,
    by_quote,
    call,
    cancel,
    close_account,
    delist,
    everything,
    kinds,
    order_of,
    place,
    purchase,
    quote,
    set_price,
    set_program,
    shelf_holds,
    try_to_order,
    try_to_place,
)
from tests.functional.orders.memory import remembering
from tests.functional.times import DAY, MINUTE, NOON, SECOND, Time
from tests.provider import MemoryProvider

USD = "USD"


def _cash(points: int, amount: int, currency: str = USD) -> dict[str, Any]:
    return {"points": points, "cash": {"amount": amount, "currency": currency}}


def _seen(product: str, points: int, amount: int, quantity: int = 1) -> dict[str, Any]:
    price = {"points": points, "cash_amount": amount}
    return any_order_request(product, quantity=quantity) | {"price": price}


def _reprice(product: str, price: dict[str, Any]) -> None:
    answer = call("set_price", ADMIN, path={"product_id": product}, body=price)
    assert answer.status == 200, answer.body


def _refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.code) == (status, code), answer.body


# --- the currency that was seen ------------------------------------------------------------------


def should_charge_the_same_numbers_in_no_other_currency(provider: MemoryProvider) -> None:
    """Case 46: 5.00 dollars that were seen are never 5.00 dinars that are paid."""
    member, product = any_member_with(200), any_product(0, price=_cash(30, 500))
    request = _seen(product, 30, 500)
    request["price"]["cash_currency"] = "KWD"
    _refused(try_to_order(member, request), 409, "price_changed")
    request["price"]["cash_currency"] = "USD"
    assert try_to_order(member, request).body["cash"] == {"amount": 500, "currency": "USD"}
    assert provider.calls == ["open"]
    before = everything()
    dinars, path = _cash(30, 500, "KWD"), {"product_id": product}
    for answer in (
        call("set_price", ADMIN, path=path, body=dinars),
        call("change_product", ADMIN, path=path, body={"price": dinars}),
    ):
        _refused(answer, 422, "invalid")
        assert answer.fields == ["price.cash.currency"]
    assert everything() == before


def should_ask_no_provider_for_whoever_reached_the_limit(provider: MemoryProvider) -> None:
    """However many keys they try; the retry of the one that was served is answered as before."""
    limit = {"units": 1, "per": "month"}
    member, product = any_member_with(500), any_product(price=_cash(5, 500), limit_per_member=limit)
    request = _seen(product, 5, 500)
    first = try_to_order(member, request, "k")
    for _ in range(5):
        _refused(try_to_order(member, request), 409, "limit_reached")
    assert try_to_order(member, request, "k").body == first.body
    assert provider.calls == ["open"]


def should_ask_no_provider_for_what_is_sold_out(provider: MemoryProvider, time: Time) -> None:
    """Whenever this process looked last, and in whichever shard there was some before."""
    product, member = any_product(price=_cash(5, 500), codes=1, shards=4), any_member_with(500)
    first = try_to_order(member, _seen(product, 5, 500), "k")
    assert first.status == 201
    for _ in range(3):
        time.forward(2 * SECOND)
        _refused(try_to_order(any_member_with(500), _seen(product, 5, 500)), 409, "sold_out")
    time.forward(2 * SECOND)
    assert try_to_order(member, _seen(product, 5, 500), "k").body == first.body
    assert provider.calls == ["open"]


def should_ask_no_provider_for_a_repetition(provider: MemoryProvider) -> None:
    """Cases 36 and 37: also when its own intent is over, or the other request is about more."""
    product, member = any_product(price=_cash(5, 500), codes=3), any_member_with(500)
    first = try_to_order(member, _seen(product, 5, 500), "k")
    assert cancel(member, first.body["order_id"]).status == 200
    assert try_to_order(member, _seen(product, 5, 500), "k").body == first.body
    other = try_to_order(member, _seen(product, 5, 500, 2), "k")
    _refused(other, 422, "idempotency_key_reused")
    assert provider.calls == ["open", "cancel"]


def should_ask_no_provider_at_a_price_that_has_just_changed(provider: MemoryProvider) -> None:
    """The shard knows, whatever is remembered of the product."""
    product, member = any_product(price=_cash(5, 500), codes=3), any_member_with(500)
    with remembering(product):
        _reprice(product, _cash(5, 600))
    _refused(try_to_order(member, _seen(product, 5, 500)), 409, "price_changed")
    assert provider.calls == []


# --- by quote ------------------------------------------------------------------------------------


def should_charge_what_was_quoted() -> None:
    member, product = any_member_with(200), any_product(50, codes=3)
    quoted = quote(member, product, quantity=3)
    answer = try_to_order(member, by_quote(product, quoted, 3))
    assert (answer.status, answer.body["status"], answer.body["points"]) == (201, "placed", 150)
    assert (available(member), shelf_holds(product)) == (50, 0)


def should_honour_a_quote_when_the_price_has_risen_and_refuse_it_when_it_is_over(
    time: Time,
) -> None:
    """Case 46."""
    member, product = any_member_with(300), any_product(50, codes=9)
    quoted = quote(member, product)
    set_price(product, 70)
    time.forward(15 * MINUTE - 1)
    assert try_to_order(member, by_quote(product, quoted)).body["points"] == 50
    time.forward(1)
    before = everything()
    answer = try_to_order(member, by_quote(product, quoted))
    _refused(answer, 409, "price_changed")
    assert answer.body["price"] == {"points": 70, "cash": None, "version": 2}
    assert everything() == before


def should_charge_a_lower_price_that_is_in_force() -> None:
    """Case 47, also when this process remembers the higher one."""
    member, product = any_member_with(200), any_product(50, codes=9)
    place(member, product, 50)
    quoted = quote(member, product)
    set_price(product, 30)
    assert try_to_order(member, by_quote(product, quoted)).body["points"] == 30


@pytest.mark.parametrize(
    ("now", "charged"),
    [
        (_cash(50, 200), _cash(50, 200)),
        (_cash(40, 250), _cash(40, 250)),
        ({"points": 50, "cash": None}, {"points": 50, "cash": None}),
        (_cash(10, 251), _cash(50, 250)),
        (_cash(51, 1), _cash(50, 250)),
    ],
)
def should_charge_what_is_lower_in_neither_part_higher(
    now: dict[str, Any], charged: dict[str, Any], provider: MemoryProvider
) -> None:
    """Case 47, in two parts; a product keeps its currency."""
    member, product = any_member_with(100), any_product(price=_cash(50, 250))
    quoted = quote(member, product)
    _reprice(product, now)
    answer = try_to_order(member, by_quote(product, quoted))
    assert (answer.body["points"], answer.body["cash"]) == (charged["points"], charged["cash"])
    if charged["cash"]:
        paid = provider.pay(answer.body["payment"]["client_secret"])
        assert (paid.money.amount, paid.money.currency) == tuple(charged["cash"].values())
    else:
        assert (answer.body["status"], "payment" in answer.body) == ("placed", False)


def should_sell_what_was_delisted_to_whoever_has_a_quote(time: Time) -> None:
    """Case 48: with a quote it completes, without it does not; nor when the quote is over."""
    member, product = any_member_with(100), any_product(codes=2)
    place(any_member_with(50), product)
    quoted = quote(member, product)
    delist(product)
    _refused(try_to_place(member, product), 409, "not_on_sale")
    assert try_to_order(member, by_quote(product, quoted)).status == 201
    time.forward(15 * MINUTE)
    _refused(try_to_order(member, by_quote(product, quoted)), 409, "not_on_sale")


def should_sell_to_the_tier_that_the_member_had_at_the_quote() -> None:
    """Case 49: the tier changes in checkout."""
    set_program(tiers=[{"tier_id": "gold", "name": "Gold", "threshold": 100}])
    member, product = any_member_with(100), any_product(codes=2, tiers=["gold"])
    quoted = quote(member, product)
    set_program(tiers=[{"tier_id": "gold", "name": "Gold", "threshold": 10_000}])
    before = everything()
    answer = try_to_place(member, product)
    _refused(answer, 409, "tier_required")
    assert answer.body["tiers"] == ["gold"]
    assert everything() == before
    assert try_to_order(member, by_quote(product, quoted)).status == 201


def should_sell_to_a_tier_as_soon_as_a_member_has_it() -> None:
    set_program(tiers=[{"tier_id": "gold", "name": "Gold", "threshold": 100}])
    member, product = any_member_with(99), any_product(codes=2, tiers=["gold"])
    _refused(try_to_place(member, product), 409, "tier_required")
    purchase(member, 1)
    place(member, product)


def should_refuse_a_quote_of_something_else() -> None:
    member, other = any_member_with(500), any_member_with(500)
    variants = [{"sku": "S", "name": "Small"}, {"sku": "L", "name": "Large"}]
    product, another = any_product(codes=0, variants=variants), any_product()
    quoted = quote(member, product, quantity=2, sku="S")
    first, rest = quoted["quote_id"][0], quoted["quote_id"][1:]
    forged = {"quote_id": ("B" if first == "A" else "A") + rest}
    right = by_quote(product, quoted, 2)
    before = everything()
    for asked, request in (
        (other, right),
        (member, right | {"quantity": 1}),
        (member, right | {"product_id": another}),
        (member, right | {"sku": "L"}),
        (member, right | forged),
        (member, right | {"quote_id": "x"}),
        (member, right | {"quote_id": "caf\u00e9"}),
    ):
        _refused(try_to_order(asked, request), 409, "bad_quote")
    assert everything() == before


def should_refuse_a_quote_that_was_signed_for_another_purpose() -> None:
    """Cursors are signed with the same secret; a scope keeps them apart."""
    member, product = any_member_with(100), any_product()
    quoted = Quote(member, product, "default", 1, price=Price(0), expires_at=2**52)
    request = any_order_request(product) | {"price": None}
    token = quoted.token(b"another secret")
    _refused(try_to_order(member, request | {"quote_id": token}), 409, "bad_quote")
    own = quoted.token(signing_secret())  # control: the right secret would sell for nothing
    assert try_to_order(member, request | {"quote_id": own}).body["points"] == 0


def should_take_the_sku_from_the_quote_where_the_request_names_none() -> None:
    variants = [{"sku": "S", "name": "Small"}, {"sku": "L", "name": "Large"}]
    member = any_member_with(50)
    product = any_product(codes=0, type="service", stock_mode="unlimited", variants=variants)
    quoted = quote(member, product, sku="L")
    answer = try_to_order(member, by_quote(product, quoted))
    assert (answer.status, answer.body["product"]["sku"]) == (201, "L")


@pytest.mark.parametrize(
    "priced", [{}, {"price": {"points": 50}, "quote_id": "x"}, {"price": None, "quote_id": None}]
)
def should_ask_for_the_price_seen_or_a_quote_and_not_for_both(priced: dict[str, object]) -> None:
    member, product = any_member_with(50), any_product()
    answer = try_to_order(member, {"product_id": product, "quantity": 1} | priced)
    _refused(answer, 422, "invalid")


def should_answer_a_retry_though_the_quote_is_over(time: Time) -> None:
    """Cases 36 and 40; and the same key with a bad quote is another request."""
    member, product = any_member_with(100), any_product()
    request = by_quote(product, quote(member, product))
    first = try_to_order(member, request, "k")
    time.forward(DAY)
    again = try_to_order(member, request, "k")
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    _refused(try_to_order(member, request | {"quote_id": "x"}, "k"), 422, "idempotency_key_reused")


def should_not_burn_the_key_of_a_refused_quote() -> None:
    """Case 45."""
    member, product = any_confirmed_member(), any_product()
    request = by_quote(product, quote(member, product))
    _refused(try_to_order(member, request | {"quantity": 2}, "k"), 409, "bad_quote")
    _refused(try_to_order(member, request, "k"), 409, "insufficient_points")
    purchase(member, 50)
    assert try_to_order(member, request, "k").status == 201


def should_hold_back_nothing_for_a_quote() -> None:
    member, product = any_member_with(50), any_product(codes=1)
    request = by_quote(product, quote(member, product))
    place(any_member_with(50), product)
    _refused(try_to_order(member, request), 409, "sold_out")


# --- cash ----------------------------------------------------------------------------------------


def should_wait_for_the_cash_and_say_how_to_pay_it(provider: MemoryProvider) -> None:
    set_program(payment_timeout_minutes=45)
    member, product = any_member_with(120), any_product(price=_cash(50, 250))
    answer = try_to_order(member, _seen(product, 50, 250, quantity=2))
    assert answer.status == 201
    ((intent_id, intent),) = provider.intents.items()
    assert (intent.order_id, intent.money.amount) == (answer.body["order_id"], 500)
    assert (answer.body["status"], answer.body["points"]) == ("pending_payment", 100)
    assert answer.body["cash"] == {"amount": 500, "currency": "USD"}
    assert answer.body["payment"] == {
        "client_secret": intent.client_secret,
        "expires_at": instant(NOON + 45 * MINUTE),
    }
    stored = open_store().get("orders", keys.order(answer.body["order_id"])) or {}
    assert stored["payment"][0] == intent_id
    assert (available(member), shelf_holds(product)) == (20, 1)
    assert order_of(member, answer.body["order_id"])["payment"] == answer.body["payment"]


@pytest.mark.parametrize(("amount", "currency"), [(1000, "JPY"), (12_345, "KWD")])
def should_ask_for_the_amount_in_the_currencys_own_minor_units(
    amount: int, currency: str, provider: MemoryProvider
) -> None:
    """Case 5."""
    product = any_product(price=_cash(0, amount, currency))
    answer = try_to_order(any_confirmed_member(), _seen(product, 0, amount))
    assert answer.body["cash"] == {"amount": amount, "currency": currency}
    assert [i.money.amount for i in provider.intents.values()] == [amount]


def should_sell_for_cash_alone_and_write_no_entry(provider: MemoryProvider) -> None:
    member, product = any_confirmed_member(), any_product(price=_cash(0, 250))
    answer = try_to_order(member, _seen(product, 0, 250))
    assert (answer.status, answer.body["points"]) == (201, 0)
    assert kinds(member) == []
    close_account(member)
    before = everything()
    _refused(try_to_order(member, _seen(product, 0, 250)), 403, "account_closed")
    assert everything() == before
    assert provider.calls == ["open"]


def should_take_back_an_order_of_cash_alone(provider: MemoryProvider) -> None:
    member, product = any_confirmed_member(), any_product(price=_cash(0, 250), limit_per_member=1)
    order = try_to_order(member, _seen(product, 0, 250)).body["order_id"]
    _refused(try_to_order(member, _seen(product, 0, 250)), 409, "limit_reached")
    assert cancel(member, order).status == 200
    assert kinds(member) == []
    assert try_to_order(member, _seen(product, 0, 250)).status == 201


def should_write_nothing_while_the_provider_is_silent(provider: MemoryProvider) -> None:
    member, product = any_member_with(50), any_product(price=_cash(50, 250))
    provider.down = True
    before = everything()
    answer = try_to_order(member, _seen(product, 50, 250), "k")
    _refused(answer, 503, "payment_unavailable")
    assert answer.headers["retry-after"] == "5"
    assert everything() == before
    provider.down = False
    assert try_to_order(member, _seen(product, 50, 250), "k").status == 201


def should_write_nothing_when_the_provider_takes_no_such_amount(
    provider: MemoryProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def declined(*_: object) -> None:
        raise CashNotAccepted(currency=USD)

    monkeypatch.setattr(provider, "open", declined)
    member, product = any_member_with(50), any_product(price=_cash(50, 1))
    before = everything()
    answer = try_to_order(member, _seen(product, 50, 1))
    _refused(answer, 409, "cash_not_accepted")
    assert answer.body["currency"] == USD
    assert everything() == before


def should_answer_a_retry_while_the_provider_is_silent(provider: MemoryProvider) -> None:
    """Case 36: the order stands, whoever is silent now; and it is paid by the first intent."""
    member, product = any_member_with(50), any_product(price=_cash(50, 250), codes=1)
    first = try_to_order(member, _seen(product, 50, 250), "k")
    for down in (False, True):
        provider.down = down
        again = try_to_order(member, _seen(product, 50, 250), "k")
        assert (again.status, again.body) == (201, first.body)
        assert again.headers["idempotent-replayed"] == "true"
    assert len(provider.intents) == 1


def should_not_ask_the_provider_for_what_is_refused(provider: MemoryProvider) -> None:
    product = any_product(price=_cash(50, 250), codes=1, limit_per_member=1)
    _refused(try_to_order(any_member_with(49), _seen(product, 50, 250)), 409, "insufficient_points")
    _refused(try_to_order(any_member_with(50), _seen(product, 50, 249)), 409, "price_changed")
    _refused(try_to_order(any_member_with(50), _seen(product, 50, 250, 2)), 409, "limit_reached")
    assert provider.calls == []


def should_open_one_intent_however_often_it_decides(
    provider: MemoryProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rival moves the member's points between the decision and the transaction, three times."""
    member, product = any_member_with(500), any_product(price=_cash(50, 250), codes=9)
    real, rivals = placing.payable, iter(range(3))

    def overtaken(*decided: Any) -> Any:
        if next(rivals, None) is not None:
            purchase(member, 1)
        return real(*decided)

    monkeypatch.setattr(placing, "payable", overtaken)
    answer = try_to_order(member, _seen(product, 50, 250))
    assert answer.status == 201
    assert provider.calls == ["open"]
    assert available(member) == 500 + 3 - 50


def should_open_another_intent_for_another_amount(
    provider: MemoryProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The price falls between the decision and the transaction; the first intent is nobody's."""
    member, product = any_member_with(500), any_product(price=_cash(50, 250), codes=9)
    quoted = quote(member, product)
    real = placing.payable

    def overtaken(*decided: Any) -> Any:
        monkeypatch.setattr(placing, "payable", real)
        _reprice(product, _cash(50, 200))
        return real(*decided)

    monkeypatch.setattr(placing, "payable", overtaken)
    answer = try_to_order(member, by_quote(product, quoted))
    assert answer.body["cash"]["amount"] == 200
    assert [intent.money.amount for intent in provider.intents.values()] == [250, 200]
    secret = answer.body["payment"]["client_secret"]
    assert provider.pay(secret).money.amount == 200


def should_place_what_costs_no_cash_without_any_provider(provider: MemoryProvider) -> None:
    """Case 58: placed at once, and nobody is asked."""
    provider.down = True
    answer = try_to_place(any_member_with(50), any_product())
    assert (answer.status, answer.body["status"], provider.calls) == (201, "placed", [])
    assert "payment" not in answer.body


def should_not_load_the_providers_library_to_place_an_order() -> None:
    """Case 58: an operation that is loaded has not loaded what only cash needs."""
    code = (
        "import sys; import functions.orders.place_order; "
        "assert not {'stripe', 'requests'} & {*sys.modules}"
    )
    path = {"PYTHONPATH": ":".join(sys.path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=path)


# --- limits by period ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("per", "last", "after"),
    [
        ("day", "2026-11-23T04:59:59.999Z", "2026-11-23T05:00:00.000Z"),
        ("week", "2026-11-23T04:59:59.999Z", "2026-11-23T05:00:00.000Z"),
        ("month", "2026-12-01T04:59:59.999Z", "2026-12-01T05:00:00.000Z"),
    ],
)
def should_free_a_limit_when_the_programs_period_ends(
    per: str, last: str, after: str, time: Time
) -> None:
    """22 November 2026 is a Sunday; New York is five hours behind."""
    set_program(zone="America/New_York")
    limit = {"units": 2, "per": per}
    member, product = any_member_with(500), any_product(codes=9, limit_per_member=limit)
    place(member, product, quantity=2)
    time.set(_millis(last))
    answer = try_to_place(member, product)
    _refused(answer, 409, "limit_reached")
    assert answer.body["limit"] == 2
    time.set(_millis(after))
    place(member, product, quantity=2)
    _refused(try_to_place(member, product), 409, "limit_reached")


def _millis(text: str) -> int:
    return millis(datetime.fromisoformat(text))


def should_free_the_period_that_the_order_was_counted_in(time: Time) -> None:
    """Case 42: cancelled on the next day, it frees nothing of that day."""
    limit = {"units": 1, "per": "day"}
    member, product = any_member_with(500), any_product(codes=9, limit_per_member=limit)
    order = place(member, product)["order_id"]
    time.forward(DAY)
    place(member, product)
    assert cancel(member, order).status == 200
    _refused(try_to_place(member, product), 409, "limit_reached")


def should_go_by_no_limit_that_is_only_remembered() -> None:
    member, product = any_member_with(500), any_product(codes=9, limit_per_member=1)
    place(any_member_with(50), product)
    change = {"limit_per_member": 3}
    answer = call("change_product", ADMIN, path={"product_id": product}, body=change)
    assert answer.status == 200, answer.body
    place(member, product, quantity=3)


# --- what has no end -----------------------------------------------------------------------------


def should_never_be_sold_out_of_what_is_unlimited() -> None:
    product = any_product(1, codes=0, type="service", stock_mode="unlimited")
    member = any_member_with(100)
    for _ in range(3):
        place(member, product, 1, quantity=20)
    order = place(member, product, 1)["order_id"]
    stored = open_store().get("orders", keys.order(order)) or {}
    assert stored["taken"] == {}
    set_price(product, 2)
    _refused(try_to_place(member, product, 1), 409, "price_changed")
    delist(product)
    _refused(try_to_place(member, product, 2), 409, "not_on_sale")
    assert cancel(member, order).status == 200


# --- sent by post --------------------------------------------------------------------------------


def _any_goods(points: int = 50) -> str:
    return any_product(points, codes=0, type="physical", stock_mode="unlimited")


def _kept(member: str, order: str) -> dict[str, Any]:
    return open_store().get("users", keys.order_address(member, order)) or {}


def should_keep_the_address_as_it_was_and_not_with_the_order() -> None:
    member, product = any_member_with(100), _any_goods()
    address = any_address(member, line1="12 Byron Row")
    answer = try_to_order(member, any_order_request(product) | {"address_id": address})
    assert answer.status == 201, answer.body
    order = answer.body["order_id"]
    path = {"address_id": address}
    moved = any_address_request(line1="1 Elsewhere")
    assert call("change_address", member_claims(member), path=path, body=moved).status == 200
    assert call("delete_address", member_claims(member), path=path).status == 204
    kept = _kept(member, order)
    assert (kept["line1"], kept["recipient"]) == ("12 Byron Row", "Ada Lovelace")
    stored = open_store().get("orders", keys.order(order)) or {}
    assert stored["address"] is True
    assert "Byron" not in str(stored)
    again = any_order_request(product) | {"address_id": address}
    _refused(try_to_order(member, again), 422, "invalid")


@pytest.mark.parametrize("known", ["another's", "nobody's"])
def should_refuse_an_address_that_is_not_the_members(known: str) -> None:
    member, product = any_member_with(100), _any_goods()
    address = any_address(any_confirmed_member()) if known == "another's" else any_id()
    before = everything()
    answer = try_to_order(member, any_order_request(product) | {"address_id": address})
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["address_id"])
    assert everything() == before


def should_ask_for_an_address_of_what_is_sent() -> None:
    member, product = any_member_with(100), _any_goods()
    before = everything()
    _refused(try_to_place(member, product), 422, "address_required")
    assert everything() == before


def should_not_look_at_an_address_of_what_is_not_sent() -> None:
    member, product = any_member_with(100), any_product()
    answer = try_to_order(member, any_order_request(product) | {"address_id": any_id()})
    assert answer.status == 201
    assert _kept(member, answer.body["order_id"]) == {}


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
@pytest.mark.parametrize("points", [10, 0])
def should_keep_no_address_for_an_account_that_closes_in_between(
    points: int, guarded: bool, monkeypatch: pytest.MonkeyPatch, provider: MemoryProvider
) -> None:
    """Case 77: erasing closes the chain first, so no copy of an address comes after it.

    Without the condition on the chain one does, whether or not the order costs points.
    """
    price = _cash(points, 250)
    product = any_product(codes=0, type="physical", stock_mode="unlimited", price=price)
    member = any_member_with(100)
    request = _seen(product, points, 250) | {"address_id": any_address(member)}
    real = placing.place

    def overtaken(*asked: Any) -> Any:
        writes, order = real(*asked)
        monkeypatch.setattr(placing, "place", real)
        close_account(member)
        if not guarded:
            writes = [w for w in writes if w.table != "points"]
        return writes, order

    monkeypatch.setattr(placing, "place", overtaken)
    answer = try_to_order(member, request, "k")
    assert answer.code == ("account_closed" if guarded else None)
    kept = [item for item in everything()["users"] if item["sk"].startswith("ORDER#")]
    assert bool(kept) is not guarded
