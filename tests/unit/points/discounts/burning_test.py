"""Burning and undoing: the quoted points once, and back to the very lots they came from."""

import random

import pytest
from mall.errors import (
    AccountClosed,
    CartDiscounted,
    InsufficientPoints,
    NotFound,
    QuoteExpired,
    QuoteUsed,
    RefundExceeds,
    WrongMemberCode,
)
from mall.points.discounts.undoing import owned
from mall.points.program import Program, ProgramSettings

from tests.builders import any_id, lot
from tests.unit.points.account import Account
from tests.unit.points.discounts.cart import CLIENT, Shop, any_program


def _shop(**terms: int) -> Shop:
    account = Account()
    account.earn(100, "20260301")
    account.earn(200, "20260401")
    account.earn(300)
    return Shop(account, any_program("USD", **terms))


def _burned(amount: int = 450, **terms: int) -> Shop:
    shop = _shop(**terms)
    shop.burn(shop.quote(amount), shop.issue())
    return shop


def should_spend_what_was_quoted_soonest_expiry_first() -> None:
    shop = _burned(450)
    [*_, entry] = shop.account.chain
    assert (entry.kind, entry.points, entry.actor) == ("discount", -450, CLIENT)
    assert entry.source.type == "discount"
    assert shop.account.by_day(entry.lots) == {"20260301": -100, "20260401": -200, "never": -150}
    assert shop.account.verdict.valid


def should_honour_a_quote_whatever_was_earned_since() -> None:
    shop = _shop()
    quote = shop.quote(10_000)
    shop.account.earn(1_000)
    assert shop.burn(quote, shop.issue()).points == 600
    assert shop.account.state.available == 1_000


def should_count_as_activity_where_that_keeps_points_alive() -> None:
    account = Account()
    account.earn(500, "20260301i")
    idle = {"policy": "inactivity", "months": 6}
    discounts = {"points": 1, "worth": 1}
    settings = ProgramSettings.model_validate({"expiry": idle, "discounts": discounts})
    shop = Shop(account, Program(settings))
    shop.burn(shop.quote(100), shop.issue())
    assert account.lots == {"20260801i": 400}


PRECEDENCE = [QuoteUsed, QuoteExpired, WrongMemberCode, CartDiscounted, AccountClosed]


@pytest.mark.parametrize("first", range(len(PRECEDENCE)), ids=[kind.code for kind in PRECEDENCE])
def should_tell_the_first_refusal(first: int) -> None:
    """Each row is wrong in its own way and in every later one."""
    wrong = PRECEDENCE[first:]
    shop = _shop()
    quote, code = shop.quote(), shop.issue()
    if AccountClosed in wrong:
        shop.account.close()
    if CartDiscounted in wrong:
        shop.cart = {"discount_id": any_id()}
    if QuoteUsed in wrong:
        shop.discount = {"pk": "DISCOUNT#x"}
    if QuoteExpired in wrong:
        shop.account.now = quote.expires_at
    with pytest.raises(PRECEDENCE[first]):
        shop.burn(quote, any_id() if WrongMemberCode in wrong else code)


def should_refuse_points_that_are_gone_by_now() -> None:
    shop = _shop()
    quote, code = shop.quote(600), shop.issue()
    shop.account.redeem(1)
    with pytest.raises(InsufficientPoints) as refusal:
        shop.burn(quote, code)
    assert refusal.value.facts == {"available": 599}


# --- refunds of the cart -------------------------------------------------------------------------


def should_return_points_to_the_very_lots_latest_expiry_first() -> None:
    """Case 24, and 25: what is returned first is what lasts longest."""
    shop = _burned(450)
    assert shop.refund(200).points == 200
    assert shop.account.lots == {"20260401": 50, "never": 300}
    assert shop.refund(250).points == 250
    assert shop.account.lots == {"20260301": 100, "20260401": 200, "never": 300}
    assert shop.account.verdict.valid


def should_expire_at_once_what_returns_to_a_lot_that_is_gone() -> None:
    """Case 19."""
    shop = _burned(450)
    shop.account.on("20260301")
    shop.refund(450)
    assert shop.account.kinds[-2:] == ["refund", "expire"]
    assert shop.account.lots == {"20260401": 200, "never": 300}


def should_sum_exactly_over_any_refunds() -> None:
    """Case 25: a point is worth 3, so most refunds are floored and the last one is not."""
    for _ in range(50):
        shop = _burned(1_000, points=7, worth=3)
        held = shop.account.state.available
        [points] = [-e.points for e in shop.account.chain if e.kind == "discount"]
        cuts = sorted(random.sample(range(1, 1_000), k=4))
        parts = [b - a for a, b in zip([0, *cuts], [*cuts, 1_000], strict=True)]
        views = [shop.refund(part) for part in parts]
        assert sum(view.points for view in views) == points
        assert [view.amount_left for view in views] == [1_000 - cut for cut in [*cuts, 1_000]]
        assert views[-1].points_returned == points
        assert shop.account.state.available == held + points
        assert shop.account.verdict.valid


def should_write_no_entry_for_less_than_a_point() -> None:
    shop = _burned(1_000, worth=10)
    before = len(shop.account.chain)
    view = shop.refund(9)
    assert (view.points, view.amount_left, len(shop.account.chain)) == (0, 991, before)
    assert shop.refund(1).points == 1


def should_refuse_more_than_is_left_and_say_what_is() -> None:
    """Case 26, one after the other."""
    shop = _burned(450)
    shop.refund(300)
    with pytest.raises(RefundExceeds) as refusal:
        shop.refund(151)
    assert refusal.value.facts == {"amount_left": 150}


def should_keep_the_cart_from_another_discount_until_all_is_refunded() -> None:
    shop = _burned(450)
    shop.refund(449)
    assert shop.cart
    shop.refund(1)
    assert shop.cart is None


def should_return_nothing_to_a_closed_account() -> None:
    shop = _burned(450)
    shop.account.close()
    with pytest.raises(AccountClosed):
        shop.refund(450)


def should_be_nobodys_but_its_partners() -> None:
    shop = _burned(450)
    assert owned(shop.discount, CLIENT).left[lot("20260301")] == 100
    for item, client in ((shop.discount, "another-shop"), (None, CLIENT)):
        with pytest.raises(NotFound):
            owned(item, client)
