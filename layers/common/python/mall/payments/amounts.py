"""Minor units as Stripe counts them, converted exactly or refused.

The mall counts in ISO 4217 minor units. Stripe mostly does too; it keeps two decimals for two
currencies that have none, none for one that has two, and takes three-decimal amounts only in whole
tens. Source: https://docs.stripe.com/currencies, "Zero-decimal", "Three-decimal", "Special cases".
"""

from mall.errors import CashNotAccepted
from mall.money import Money

AMOUNT_MAX = 99_999_999  # Stripe takes eight digits
_KEPT_AT_TWO_DECIMALS = frozenset({"ISK", "UGX"})  # ISO: none
_KEPT_AT_NO_DECIMALS = frozenset({"MGA"})  # ISO: two
_THREE_DECIMALS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def to_stripe(money: Money) -> int:
    """The amount that Stripe is asked for. Raises CashNotAccepted(currency) where it has none."""
    amount, left = money.amount, 0
    if money.currency in _KEPT_AT_TWO_DECIMALS:
        amount *= 100
    elif money.currency in _KEPT_AT_NO_DECIMALS:
        amount, left = divmod(amount, 100)
    elif money.currency in _THREE_DECIMALS:
        left = amount % 10
    if left or not 0 < amount <= AMOUNT_MAX:
        raise CashNotAccepted(currency=money.currency)
    return amount


def from_stripe(amount: int, currency: str) -> Money:
    """What an amount of Stripe's is in the mall's minor units.

    What the mall could never have asked for, such as a part of a crown, becomes an amount that
    equals none of the mall's: the smaller unit is kept, negative.
    """
    code = currency.upper()
    if code in _KEPT_AT_NO_DECIMALS:
        return Money(amount * 100, code)
    if code in _KEPT_AT_TWO_DECIMALS:
        whole, part = divmod(amount, 100)
        return Money(-amount if part else whole, code)
    return Money(amount, code)
