"""Vouchers: codes that nobody guesses, and of issued, burned and void one at a time."""

import random
from dataclasses import replace
from random import SystemRandom

import pytest
from mall import keys
from mall.catalog.product import VoucherTerms
from mall.clock import DAY_MS
from mall.errors import (
    NotFound,
    Refusal,
    Stale,
    VoucherExpired,
    VoucherNotUsed,
    VoucherUsed,
    VoucherVoid,
)
from mall.money import Money
from mall.orders import vouchers
from mall.orders.order import Voucher
from mall.orders.vouchers import (
    ALPHABET,
    GROUP_LENGTH,
    GROUPS,
    IssuedVoucher,
    burn,
    existing,
    from_item,
    issue,
    mac_of,
    new_code,
    to_item,
    unburn,
    void,
)

from tests.builders import any_id, any_instant, any_order

NOW = any_instant()
SECURE = SystemRandom()


def _voucher(**changed: object) -> IssuedVoucher:
    facts: dict[str, object] = {
        "mac": any_id(), "order_id": any_id(), "member": any_id(), "product_id": any_id(),
        "kind": random.choice(["service", "discount"]), "issued_at": NOW,
    }  # fmt: skip
    return IssuedVoucher(**facts | changed)  # type: ignore[arg-type] # names checked at run time


# --- codes ---------------------------------------------------------------------------------------


def should_make_codes_of_at_least_a_hundred_bits_that_read_as_one_thing() -> None:
    codes = {new_code(SECURE) for _ in range(200)}
    assert len(codes) == 200
    for code in codes:
        groups = code.split("-")
        assert [len(group) for group in groups] == [GROUP_LENGTH] * GROUPS
        assert set("".join(groups)) <= set(ALPHABET)
    assert len(set(ALPHABET)) == 32  # 5 bits a character
    assert not set(ALPHABET) & set("ILOU")
    assert 5 * GROUPS * GROUP_LENGTH >= 100


def should_know_a_code_however_it_is_typed() -> None:
    mac = mac_of(b"secret", "01ABC-DEFGH-JKMNP-QRSTV-WXYZ2")
    typed = (
        "01abc defgh jkmnp qrstv wxyz2",
        "oiABCDEFGHJKMNPQRSTVWXYZ2",
        "0l-ABCDEFGHJKMNPQRSTVWXYZ2",
    )
    assert {mac_of(b"secret", code) for code in typed} == {mac}
    assert len(mac) == 32
    assert mac_of(b"another", "01ABC-DEFGH-JKMNP-QRSTV-WXYZ2") != mac
    assert mac_of(b"secret", "01ABC-DEFGH-JKMNP-QRSTV-WXYZ3") != mac


# --- issuing -------------------------------------------------------------------------------------


def should_be_worth_what_was_ordered_for_as_long_as_the_terms_say() -> None:
    terms = VoucherTerms(Money(500, "USD"), 30)
    order = replace(any_order(), product_type="discount", quantity=3, voucher_terms=terms)
    held, write = issue(order, "mac", b"sealed", NOW)
    issued = from_item(write.item)
    assert (issued.worth, issued.expires_at) == (Money(1500, "USD"), NOW + 30 * DAY_MS)
    assert (issued.order_id, issued.member, issued.state) == (
        order.order_id, order.member, "issued",
    )  # fmt: skip
    assert held == Voucher("mac", b"sealed", NOW + 30 * DAY_MS)
    assert (write.key, write.condition) == (keys.voucher("mac"), "attribute_not_exists(#pk)")
    assert "sealed" not in str(write.item)


def should_leave_worth_and_end_to_the_shop_where_the_terms_say_nothing() -> None:
    held, write = issue(replace(any_order(), product_type="service"), "mac", b"sealed", NOW)
    issued = from_item(write.item)
    assert (issued.worth, issued.expires_at, held.expires_at) == (None, None, None)
    assert not issued.expired(NOW + 10**12)


@pytest.mark.parametrize(
    ("worth", "amount", "discount"),
    [(500, None, 500), (500, 501, 500), (500, 499, 499), (None, 499, None), (None, None, None)],
)
def should_take_off_no_more_than_is_due(
    worth: int | None, amount: int | None, discount: int | None
) -> None:
    """Case 6."""
    voucher = _voucher(worth=worth and Money(worth, "USD"))
    assert voucher.takes_off(amount) == discount


def should_come_back_from_its_item() -> None:
    for voucher in (
        _voucher(),
        _voucher(worth=Money(1, "KWD"), expires_at=NOW + 1, state="void"),
        _voucher(state="burned", burned_by="shop", cart_id="c", burned_at=NOW),
    ):
        assert existing(to_item(voucher)) == voucher
    with pytest.raises(NotFound):
        existing(None)


# --- what happens to it --------------------------------------------------------------------------


def should_be_good_until_it_expires() -> None:
    voucher = _voucher(expires_at=NOW)
    write, after = burn(voucher, "shop", "cart", NOW - 1)
    assert (after.state, after.burned_by, after.cart_id) == ("burned", "shop", "cart")
    assert write.condition == "#state = :issued"
    with pytest.raises(VoucherExpired):
        burn(voucher, "shop", "cart", NOW)


@pytest.mark.parametrize(
    ("state", "refusal"), [("burned", VoucherUsed), ("void", VoucherVoid), ("issued", Stale)]
)
def should_burn_what_is_issued_only(state: str, refusal: type[Exception]) -> None:
    write, _ = burn(_voucher(), "shop", "cart", NOW)
    assert isinstance(write.refused({"state": state}), refusal)
    assert isinstance(write.refused(None), Stale)
    if issubclass(refusal, Refusal):
        with pytest.raises(refusal):
            burn(_voucher(state=state, expires_at=NOW), "shop", "cart", NOW)


def should_be_given_back_by_its_partner_for_its_cart_only() -> None:
    voucher = _voucher(state="burned", burned_by="shop", cart_id="cart", burned_at=NOW)
    write, after = unburn(voucher, "shop", "cart")
    assert after == replace(voucher, state="issued", burned_by="", cart_id="", burned_at=0)
    assert isinstance(write.refused({"state": "issued"}), VoucherNotUsed)
    for known, client, cart in (
        (voucher, "another", "cart"),
        (voucher, "shop", "another"),
        (after, "shop", "cart"),
        (replace(voucher, state="void"), "shop", "cart"),
    ):
        with pytest.raises(VoucherNotUsed):
            unburn(known, client, cart)


def should_be_void_unless_it_was_burned() -> None:
    assert void(any_order()) == []
    [write] = void(replace(any_order(), voucher=Voucher("mac", b"sealed")))
    assert write.key == keys.voucher("mac")
    assert write.condition == "attribute_exists(#pk) AND #state <> :burned"
    assert isinstance(write.refused({"state": "burned"}), VoucherUsed)


def should_show_no_code_where_it_is_shown() -> None:
    assert "sealed" not in repr(Voucher("mac", b"sealed"))
    assert vouchers.__doc__
