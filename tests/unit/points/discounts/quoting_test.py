"""A quote is signed for one partner, honoured until it expires, and changed by nobody."""

import base64
from dataclasses import replace

import pytest
from mall.clock import instant
from mall.errors import AccountClosed, BadQuote, Invalid, NotOffered, QuoteExpired
from mall.points.discounts import quoting
from mall.points.program import PROGRAM, Program, ProgramSettings

from tests.builders import any_id
from tests.unit.points.account import Account
from tests.unit.points.discounts.cart import CLIENT, MINUTE, SECRET, Shop, any_program, any_request


def _shop(points: int = 500) -> Shop:
    account = Account()
    account.earn(points)
    return Shop(account)


def should_quote_what_the_member_can_spend_now() -> None:
    account = Account()
    account.earn(300, "20260301")
    account.earn(200)
    account.earn(100, active_from="20260401")
    shop = Shop(account)
    assert (shop.quote().points, shop.quote().discount) == (500, 500)
    account.on("20260301")
    assert shop.quote().points == 200
    account.on("20260401")
    assert shop.quote().points == 300


def should_quote_nothing_to_a_member_without_movements() -> None:
    quote = Shop(Account()).quote()
    assert (quote.points, quote.discount) == (0, 0)


def should_come_back_as_it_was_signed() -> None:
    quote = _shop().quote()
    view = quoting.signed(SECRET, CLIENT, quote)
    assert quoting.accept(SECRET, CLIENT, view.quote_id) == quote
    assert (view.points, view.discount, view.currency) == (500, 500, "USD")
    assert view.expires_at == instant(quote.expires_at)


def should_be_refused_where_it_was_not_made() -> None:
    quote = _shop().quote()
    text = quoting.signed(SECRET, CLIENT, quote).quote_id
    raw = bytearray(base64.urlsafe_b64decode(text + "=="))
    raw[-5] ^= 1
    changed = base64.urlsafe_b64encode(raw).decode()
    for secret, client, sent in (
        (SECRET, "another-shop", text),
        (b"another secret", CLIENT, text),
        (SECRET, CLIENT, changed),
        (SECRET, CLIENT, text[:-4]),
        (SECRET, CLIENT, "no quote"),
        (SECRET, CLIENT, "é"),
    ):
        with pytest.raises(BadQuote):
            quoting.accept(secret, client, sent)


def should_be_refused_when_it_takes_nothing_off() -> None:
    quote = replace(_shop().quote(), points=0, discount=0)
    text = quoting.signed(SECRET, CLIENT, quote).quote_id
    with pytest.raises(BadQuote):
        quoting.accept(SECRET, CLIENT, text)


def should_expire_to_the_millisecond() -> None:
    shop = _shop()
    quote = shop.quote()
    assert quote.expires_at == shop.account.now + 15 * MINUTE
    quoting.refuse_expired(quote, quote.expires_at - 1)
    with pytest.raises(QuoteExpired):
        quoting.refuse_expired(quote, quote.expires_at)


@pytest.mark.parametrize(
    ("program", "refusal"),
    [
        (PROGRAM, NotOffered),
        (Program(ProgramSettings(currency="EUR")), NotOffered),
        (any_program("EUR"), Invalid),
        (any_program(), AccountClosed),
    ],
    ids=["not offered", "not offered in any currency", "another currency", "closed"],
)
def should_be_refused(program: Program, refusal: type[Exception]) -> None:
    account = Account()
    account.earn(500)
    account.close()
    request = any_request()
    with pytest.raises(refusal):
        quoting.quote(request, account.member, any_id(), account.chain[-1], program, account.now)
