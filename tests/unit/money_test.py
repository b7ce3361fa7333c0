"""Money: whole minor units of a currency that is somebody's."""

import pytest
from mall import money
from mall.money import Money, MoneyRequest
from pydantic import ValidationError


@pytest.mark.parametrize("currency", ["USD", "EUR", "JPY", "KWD", "XOF", "XCG", "ZWG"])
def should_take_the_tenders_of_iso_4217(currency: str) -> None:
    """Case 5: an amount is minor units, however many there are to a unit."""
    said = MoneyRequest.model_validate({"amount": 1250, "currency": currency})
    assert said.money == Money(1250, currency)
    assert said.money.times(3) == Money(3750, currency)
    assert money.from_list(money.to_list(said.money)) == said.money


@pytest.mark.parametrize("currency", ["usd", "US", "USB", "XAU", "XTS", "CHE", "BGN", "DEM"])
def should_refuse_what_is_nobodys_tender(currency: str) -> None:
    with pytest.raises(ValidationError):
        MoneyRequest.model_validate({"amount": 1, "currency": currency})


@pytest.mark.parametrize("amount", [0, -1, 1.0, "1", True, 2**53, None])
def should_refuse_what_are_no_minor_units(amount: object) -> None:
    """Cases 3 and 4."""
    with pytest.raises(ValidationError):
        MoneyRequest.model_validate({"amount": amount, "currency": "USD"})


def should_be_nothing_where_there_is_none() -> None:
    assert money.to_list(None) is None
    assert money.from_list(None) is None
    assert money.shown(None) is None
