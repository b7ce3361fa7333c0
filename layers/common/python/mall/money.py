"""Money: whole minor units of a currency. Floats never come near it.

What things cost is said in a currency that is somebody's legal tender today: the codes of ISO 4217,
list one, as of February 2026, without funds, metals, units of account and test codes. A mistyped
currency would otherwise be found by the first member who pays.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from mall.models import MAX_INTEGER, Request, View

MinorUnits = Annotated[int, Field(strict=True, ge=1, le=MAX_INTEGER)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

_CODES = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
    "GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW "
    "KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR "
    "MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR "
    "SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
    "USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
)
TENDERS = frozenset(_CODES.split())


def _tender(currency: str) -> str:
    if currency not in TENDERS:
        raise ValueError("no currency of ISO 4217 has this code")
    return currency


@dataclass(frozen=True)
class Money:
    """An amount in minor units (cents, yen, fils) of an ISO 4217 currency."""

    amount: int
    currency: str

    def times(self, quantity: int) -> "Money":
        """The price of so many units."""
        return Money(self.amount * quantity, self.currency)


class MoneyRequest(Request):
    """More than no money: minor units and an ISO 4217 currency in capitals."""

    amount: MinorUnits
    currency: Annotated[Currency, AfterValidator(_tender)]

    @property
    def money(self) -> Money:
        """The plain value."""
        return Money(self.amount, self.currency)


class MoneyView(View):
    """Money as every answer shows it."""

    amount: int
    currency: str


def shown(money: Money | None) -> MoneyView | None:
    """Money as a view; none where there is none."""
    return MoneyView(amount=money.amount, currency=money.currency) if money else None


def to_list(money: Money | None) -> list[Any] | None:
    """Money as it is stored."""
    return [money.amount, money.currency] if money else None


def from_list(stored: list[Any] | None) -> Money | None:
    """Money that was stored."""
    return Money(*stored) if stored else None
