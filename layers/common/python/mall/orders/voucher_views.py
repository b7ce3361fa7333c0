"""What the voucher operations show: never a code.

Amounts are minor units of the voucher's own currency.
"""

from typing import Literal

from pydantic import Field

from mall.clock import Millis, instant
from mall.errors import Refusal
from mall.models import View, is_none
from mall.money import MoneyView, shown
from mall.orders.vouchers import IssuedVoucher, refuse_unusable


class VoucherTermsView(View):
    """What a voucher is good for.

    `discount` is what it takes off, never more than `amount` where that was sent. `worth` and
    `discount` are null where the shop knows by itself what the product is.
    """

    kind: str
    product_id: str
    worth: MoneyView | None
    discount: int | None
    expires_at: str | None


class VoucherValidityView(VoucherTermsView):
    """Whether a voucher can be used now, and why not.

    `used_here` is for one that this partner burned for this very cart.
    """

    valid: bool
    reason: Literal["used", "used_here", "expired", "void"] | None = Field(
        default=None, exclude_if=is_none
    )


class BurnedVoucherView(VoucherTermsView):
    """A voucher that was used."""

    cart_id: str
    burned_at: str


def validity(
    voucher: IssuedVoucher, client: str, cart_id: str | None, amount: int | None, now: Millis
) -> VoucherValidityView:
    """Whether a partner can use a voucher for a cart."""
    reason = _reason(voucher, now)
    if reason == "used" and (voucher.burned_by, voucher.cart_id) == (client, cart_id):
        reason = "used_here"
    return VoucherValidityView.model_validate(
        _terms(voucher, amount) | {"valid": reason is None, "reason": reason}
    )


def burned(voucher: IssuedVoucher, amount: int | None) -> BurnedVoucherView:
    """A voucher that was just used."""
    used = {"cart_id": voucher.cart_id, "burned_at": instant(voucher.burned_at)}
    return BurnedVoucherView.model_validate(_terms(voucher, amount) | used)


def _reason(voucher: IssuedVoucher, now: Millis) -> str | None:
    try:
        refuse_unusable(voucher, now)
    except Refusal as refusal:
        return refusal.code.removeprefix("voucher_")
    return None


def _terms(voucher: IssuedVoucher, amount: int | None) -> dict[str, object]:
    expires_at = voucher.expires_at
    return {
        "kind": voucher.kind,
        "product_id": voucher.product_id,
        "worth": shown(voucher.worth),
        "discount": voucher.takes_off(amount),
        "expires_at": None if expires_at is None else instant(expires_at),
    }
