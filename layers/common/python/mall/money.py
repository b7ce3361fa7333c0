"""Money: whole minor units of a currency. Floats never come near it."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from mall.models import MAX_INTEGER, Request, View

MinorUnits = Annotated[int, Field(strict=True, ge=1, le=MAX_INTEGER)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


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
    currency: Currency

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
