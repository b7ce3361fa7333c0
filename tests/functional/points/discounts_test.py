"""Cash discounts at the shop's checkout: a code, a quote, a burn, and the cart's refunds."""

from collections.abc import Mapping
from typing import Any

import pytest
from mall.clock import instant
from mall.models import MAX_INTEGER
from mall.points import ledger
from mall.points.ledger import Grant
from mall.points.ledger.entry import NEVER
from mall.points.ledger.writes import append
from mall.store import open_store
from mall.store.ledger import head

from tests.builders import any_id, any_source
from tests.events import Answer, Claims, member_claims, partner_claims
from tests.functional.acts import (
    PARTNER,
    SHOP,
    adjust,
    any_cart,
    any_confirmed_member,
    available,
    burn_discount,
    call,
    close_account,
    everything,
    issue_code,
    kinds,
    purchase,
    quote_discount,
    set_program,
    statement,
)
from tests.functional.precedence import Told, each_first
from tests.functional.times import DAY, MINUTE, NOON, Time

RIVAL = partner_claims("rival", "mall/discounts")
TERMS = {"points": 2, "worth": 1, "share_max": "0.5", "points_min": 10}


@pytest.fixture(autouse=True)
def in_a_program_with_discounts(on_a_stage: None) -> None:
    """Two points are worth one minor unit, up to half of the cart."""
    set_program(discounts=TERMS)


def _member_with(points: int) -> str:
    member = any_confirmed_member()
    adjust(member, points)
    return member


def _give(member: str, points: int) -> None:
    """Points beyond what an admin may give alone."""
    store = open_store()
    posting = ledger.open_posting(member, head(store, member), store.now())
    ledger.credit(posting, "adjust", points, Grant(NEVER), any_source())
    store.transact(append(posting))


def _issue(member: str) -> Answer:
    return call("issue_discount_code", member_claims(member))


def _quote(cart: Mapping[str, Any], claims: Claims = SHOP) -> Answer:
    return call("quote_discount", claims, body=cart)


def _burn(quote_id: object, code: object, key: str | None = None, claims: Claims = SHOP) -> Answer:
    body = {"quote_id": quote_id, "member_code": code}
    return call("burn_discount", claims, body=body, key=key or any_id())


def _reverse(
    discount_id: str, amount: object, key: str | None = None, claims: Claims = SHOP
) -> Answer:
    path, body = {"discount_id": discount_id}, {"amount": amount}
    return call("reverse_discount", claims, path=path, body=body, key=key or any_id())


# --- codes ---------------------------------------------------------------------------------------


def should_issue_a_code_for_ten_minutes() -> None:
    answer = _issue(_member_with(10))
    assert answer.status == 201
    assert answer.body == {
        "code": answer.body["code"],
        "expires_at": instant(NOON + 10 * MINUTE),
    }
    assert len(answer.body["code"]) == 26  # 130 bits


def should_keep_no_code_in_clear() -> None:
    code = issue_code(_member_with(10))
    assert code not in str(everything())


def should_make_the_older_code_useless() -> None:
    member = _member_with(400)
    older, newer = issue_code(member), issue_code(member)
    quote = quote_discount(member)
    assert _burn(quote, older).code == "wrong_member_code"
    assert _burn(quote, newer).status == 201


def should_issue_no_code_to_a_closed_member() -> None:
    """Case 84."""
    member = _member_with(10)
    close_account(member)
    before = everything()
    answer = _issue(member)
    assert (answer.status, answer.code) == (403, "account_closed")
    assert everything() == before


def should_earn_on_what_is_paid_after_the_discount() -> None:
    """Case 9: of a cart of $20.00 the points pay half, and the purchase is of the rest."""
    member = _member_with(2_000)
    cart = any_cart(member, 2_000)
    quote = _quote(cart).body
    assert quote["discount"] == 1_000
    assert _burn(quote["quote_id"], issue_code(member)).status == 201
    held = available(member)
    purchase(member, 10)
    assert available(member) == held + 10


# --- quotes --------------------------------------------------------------------------------------


def should_quote_points_and_what_they_take_off_and_write_nothing() -> None:
    member = _member_with(400)
    before = everything()
    answer = _quote(any_cart(member))
    assert answer.status == 200
    assert answer.body == {
        "quote_id": answer.body["quote_id"],
        "points": 400,
        "discount": 200,
        "currency": "USD",
        "expires_at": instant(NOON + 15 * MINUTE),
    }
    assert everything() == before


def should_quote_no_more_than_the_share_of_what_is_due() -> None:
    """Case 6: 5,000 points are worth 2,500; half of 1,001 is due to them, floored."""
    quoted = _quote(any_cart(_member_with(5_000), 1_001)).body
    assert (quoted["points"], quoted["discount"]) == (1_000, 500)


@pytest.mark.parametrize(("points", "amount"), [(9, 1_000), (400, 9), (0, 1_000)])
def should_quote_nothing_below_the_minimum(points: int, amount: int) -> None:
    member = _member_with(points) if points else any_confirmed_member()
    quoted = _quote(any_cart(member, amount)).body
    assert (quoted["points"], quoted["discount"]) == (0, 0)
    answer = _burn(quoted["quote_id"], issue_code(member))
    assert (answer.status, answer.code) == (409, "bad_quote")


@pytest.mark.parametrize(("currency", "amount", "discount"), [("JPY", 301, 150), ("KWD", 1, 0)])
def should_count_minor_units_of_any_currency(currency: str, amount: int, discount: int) -> None:
    """Case 5."""
    set_program(currency=currency, discounts={**TERMS, "points_min": 1})
    member = _member_with(400)
    quoted = _quote(any_cart(member, amount, currency=currency)).body
    assert (quoted["discount"], quoted["currency"]) == (discount, currency)


@pytest.mark.parametrize("amount", [0, -1, 1.5, 1000.0, "1000", True, None, 10**12 + 1])
def should_refuse_an_amount_that_is_no_amount_due(amount: object) -> None:
    """Cases 3 and 4."""
    answer = _quote(any_cart(_member_with(400), amount))
    assert (answer.status, answer.fields) == (422, ["amount"])


def should_refuse_another_currency() -> None:
    answer = _quote(any_cart(_member_with(400), currency="EUR"))
    assert (answer.status, answer.fields) == (422, ["currency"])


QUOTE_PRECEDENCE = [
    (403, "forbidden"),
    (400, "malformed"),
    (422, "invalid"),
    (409, "not_offered"),
    (404, "not_found"),
    (403, "account_closed"),
]


@each_first(QUOTE_PRECEDENCE)
def should_tell_the_first_refusal_of_a_quote(told: Told, wrong: list[str]) -> None:
    """Each row is wrong in its own way and in every later one."""
    member = _member_with(400)
    close_account(member)
    if "not_offered" in wrong:
        set_program()
    body = any_cart("unknown" if "not_found" in wrong else member, 0 if "invalid" in wrong else 5)
    before = everything()
    answer = call(
        "quote_discount",
        PARTNER if "forbidden" in wrong else SHOP,
        body="{" if "malformed" in wrong else body,
    )
    assert (answer.status, answer.code) == told
    assert everything() == before


def should_offer_neither_codes_nor_quotes_where_there_are_no_discounts() -> None:
    set_program()
    for answer in (_issue(_member_with(10)), _quote(any_cart(_member_with(10)))):
        assert (answer.status, answer.code) == (409, "not_offered")


# --- burning -------------------------------------------------------------------------------------


def should_burn_exactly_what_was_quoted() -> None:
    member = _member_with(500)
    quote = quote_discount(member, 800)
    adjust(member, 500)
    answer = _burn(quote, issue_code(member))
    assert answer.status == 201
    assert answer.body == {
        "discount_id": answer.body["discount_id"],
        "points": 500,
        "discount": 250,
        "currency": "USD",
    }
    [*_, entry] = statement(member)
    assert (entry["kind"], entry["points"]) == ("discount", -500)
    assert entry["source"] == {"type": "discount", "id": answer.body["discount_id"]}
    assert available(member) == 500


def should_honour_a_quote_until_it_expires_whatever_the_program_says(time: Time) -> None:
    member = _member_with(400)
    quote, code = quote_discount(member), issue_code(member)
    set_program()
    time.forward(10 * MINUTE - 1)
    assert _burn(quote, code).status == 201


def should_refuse_a_quote_from_the_millisecond_on_at_which_it_expires(time: Time) -> None:
    member = _member_with(400)
    quote = quote_discount(member)
    time.forward(15 * MINUTE)
    answer = _burn(quote, issue_code(member))
    assert (answer.status, answer.code) == (409, "quote_expired")


def should_refuse_a_code_from_the_millisecond_on_at_which_it_expires(time: Time) -> None:
    member = _member_with(400)
    quote, code = quote_discount(member), issue_code(member)
    time.forward(10 * MINUTE)
    assert _burn(quote, code).code == "wrong_member_code"


def should_refuse_another_partners_quote_and_one_that_was_made_up() -> None:
    member = _member_with(400)
    quote, code = quote_discount(member), issue_code(member)
    before = everything()
    for answer in (_burn(quote, code, claims=RIVAL), _burn(quote[:-4] + "AAAA", code)):
        assert (answer.status, answer.code) == (409, "bad_quote")
    assert everything() == before


def should_refuse_another_members_code_and_one_that_was_used() -> None:
    member = _member_with(400)
    other = _member_with(400)
    first, second, code = (
        quote_discount(member, 100),
        quote_discount(member, 100),
        issue_code(member),
    )
    assert _burn(first, issue_code(other)).code == "wrong_member_code"
    assert _burn(first, code).status == 201
    assert _burn(second, code).code == "wrong_member_code"
    assert kinds(member) == [("adjust", 400), ("discount", -100)]


def should_burn_a_quote_once_whatever_the_key() -> None:
    member = _member_with(400)
    quote = quote_discount(member, 100)
    _burn(quote, issue_code(member))
    before = everything()
    answer = _burn(quote, "whatever")
    assert (answer.status, answer.code) == (409, "quote_used")
    assert everything() == before


def should_give_a_cart_one_discount_until_that_is_reversed_whole() -> None:
    """Two quotes of one cart were each held against what is due, and their sum was not."""
    member = _member_with(400)
    quotes = [quote_discount(member, 100, cart_id="the cart") for _ in range(3)]
    discount = _burn(quotes[0], issue_code(member)).body["discount_id"]
    code = issue_code(member)
    assert _burn(quotes[1], code).code == "cart_discounted"
    _reverse(discount, 99)
    assert _burn(quotes[1], code).code == "cart_discounted"
    _reverse(discount, 1)
    assert _burn(quotes[0], code).code == "quote_used"
    assert _burn(quotes[1], code).status == 201
    elsewhere = _quote(any_cart(member, 100, cart_id="the cart"), RIVAL).body["quote_id"]
    assert _burn(elsewhere, issue_code(member), claims=RIVAL).status == 201


BURN_PRECEDENCE = [
    (403, "forbidden"),
    (400, "malformed"),
    (422, "invalid"),
    (400, "idempotency_key_required"),
    (409, "bad_quote"),
    (409, "wrong_member_code"),
    (403, "account_closed"),
    (409, "insufficient_points"),
]


@each_first(BURN_PRECEDENCE)
def should_tell_the_first_refusal_of_a_burn(told: Told, wrong: list[str]) -> None:
    """Each row is wrong in its own way and in every later one; what was used or expired above."""
    member = _member_with(400)
    quote, code = quote_discount(member), issue_code(member)
    adjust(member, -1)
    if "account_closed" in wrong:
        close_account(member)
    body = {
        "quote_id": quote + "A" if "bad_quote" in wrong else quote,
        "member_code": any_id() if "wrong_member_code" in wrong else code,
    } | ({"points": 1} if "invalid" in wrong else {})
    before = everything()
    answer = call(
        "burn_discount",
        PARTNER if "forbidden" in wrong else SHOP,
        body="{" if "malformed" in wrong else body,
        key=None if "idempotency_key_required" in wrong else any_id(),
    )
    assert (answer.status, answer.code) == told
    assert everything() == before


def should_say_how_many_points_there_are_by_now() -> None:
    member = _member_with(400)
    quote = quote_discount(member)
    adjust(member, -1)
    assert _burn(quote, issue_code(member)).body["available"] == 399


# --- refunds of the cart -------------------------------------------------------------------------


def should_return_points_in_proportion_and_sum_exactly() -> None:
    """Case 25: 333 of 1,000 refunded three times, and 1."""
    member = _member_with(400)
    discount = burn_discount(member)
    answers = [_reverse(discount, amount) for amount in (333, 333, 333, 1)]
    assert [answer.status for answer in answers] == [200] * 4
    assert [answer.body["points"] for answer in answers] == [133, 133, 133, 1]
    assert answers[-1].body == {
        "discount_id": discount,
        "points": 1,
        "points_returned": 400,
        "amount_left": 0,
    }
    assert available(member) == 400
    assert {entry["source"]["id"] for entry in statement(member)[1:]} == {discount}


def should_refuse_to_refund_more_than_is_left() -> None:
    member = _member_with(400)
    discount = burn_discount(member)
    _reverse(discount, 600)
    before = everything()
    answer = _reverse(discount, 401)
    assert (answer.status, answer.code) == (409, "refund_exceeds")
    assert answer.body["amount_left"] == 400
    assert everything() == before


def should_return_points_that_expired_meanwhile_and_expire_them(time: Time) -> None:
    """Case 19."""
    member = _member_with(400)
    discount = burn_discount(member)
    time.forward(400 * DAY)
    assert _reverse(discount, 1_000).body["points"] == 400
    assert kinds(member)[-2:] == [("refund", 400), ("expire", -400)]


def should_not_pass_the_largest_balance() -> None:
    member = _member_with(400)
    discount = burn_discount(member)
    _give(member, MAX_INTEGER - 399)
    before = everything()
    answer = _reverse(discount, 1_000)
    assert (answer.status, answer.code) == (409, "points_limit")
    assert everything() == before


REVERSE_PRECEDENCE = [
    (403, "forbidden"),
    (400, "malformed"),
    (422, "invalid"),
    (400, "idempotency_key_required"),
    (404, "not_found"),
    (409, "refund_exceeds"),
    (403, "account_closed"),
]


@each_first(REVERSE_PRECEDENCE)
def should_tell_the_first_refusal_of_a_reversal(told: Told, wrong: list[str]) -> None:
    """Each row is wrong in its own way and in every later one."""
    member = _member_with(400)
    discount = burn_discount(member)
    close_account(member)
    amount = 1_001 if "refund_exceeds" in wrong else 1_000
    body = {"amount": 0 if "invalid" in wrong else amount}
    claims = RIVAL if "not_found" in wrong else SHOP
    before = everything()
    answer = call(
        "reverse_discount",
        PARTNER if "forbidden" in wrong else claims,
        path={"discount_id": discount},
        body="{" if "malformed" in wrong else body,
        key=None if "idempotency_key_required" in wrong else any_id(),
    )
    assert (answer.status, answer.code) == told
    assert everything() == before


# --- the same key again --------------------------------------------------------------------------


def should_answer_a_retry_as_before_however_late(time: Time) -> None:
    """Cases 36, 39 and 40: the burn emptied the balance and used up the code."""
    member = _member_with(400)
    quote, code = quote_discount(member), issue_code(member)
    burned = _burn(quote, code, "k")
    discount = burned.body["discount_id"]
    reversed_ = _reverse(discount, 1_000, "k")
    close_account(member)
    before = everything()
    time.forward(2 * DAY)
    for first, again in (
        (burned, _burn(quote, code, "k")),
        (reversed_, _reverse(discount, 1_000, "k")),
    ):
        assert (again.status, again.body) == (first.status, first.body)
        assert again.headers["idempotent-replayed"] == "true"
        assert "idempotent-replayed" not in first.headers
    assert everything() == before


def should_refuse_another_request_under_the_same_key() -> None:
    """Case 37."""
    member = _member_with(400)
    quote, code = quote_discount(member, 100), issue_code(member)
    discount = _burn(quote, code, "k").body["discount_id"]
    _reverse(discount, 10, "k")
    other = burn_discount(member, 100)
    before = everything()
    for answer in (
        _burn(quote, "another", "k"),
        _burn(quote_discount(member), code, "k"),
        _reverse(discount, 11, "k"),
        _reverse(other, 10, "k"),
    ):
        assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert everything() == before


def should_not_burn_the_key_of_a_refused_request() -> None:
    """Case 45."""
    member = _member_with(400)
    quote = quote_discount(member)
    assert _burn(quote, "wrong", "k").code == "wrong_member_code"
    answer = _burn(quote, issue_code(member), "another")
    discount = answer.body["discount_id"]
    assert _reverse(discount, 1_001, "k").code == "refund_exceeds"
    assert _reverse(discount, 1_000, "k").status == 200
