"""Case 5: yen have no decimals and dinars three, and nothing is ever rounded."""

import pytest
from mall.errors import CashNotAccepted
from mall.money import Money
from mall.payments.amounts import AMOUNT_MAX, from_stripe, to_stripe


@pytest.mark.parametrize(
    ("amount", "currency", "asked"),
    [
        (500, "USD", 500),
        (500, "JPY", 500),
        (5120, "KWD", 5120),
        (5, "ISK", 500),
        (5, "UGX", 500),
        (500, "MGA", 5),
        (AMOUNT_MAX, "EUR", AMOUNT_MAX),
    ],
)
def should_say_the_amount_as_stripe_counts_it(amount: int, currency: str, asked: int) -> None:
    assert to_stripe(Money(amount, currency)) == asked
    assert from_stripe(asked, currency.lower()) == Money(amount, currency)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        (5124, "KWD"),
        (1, "BHD"),
        (501, "MGA"),
        (AMOUNT_MAX + 1, "USD"),
        (1_000_000, "ISK"),
        (0, "USD"),
    ],
)
def should_refuse_what_stripe_cannot_take_exactly(amount: int, currency: str) -> None:
    with pytest.raises(CashNotAccepted) as refused:
        to_stripe(Money(amount, currency))
    assert refused.value.facts == {"currency": currency}


def should_take_a_part_of_a_crown_for_no_amount_of_the_malls() -> None:
    assert from_stripe(550, "isk").amount < 0
    assert from_stripe(0, "isk") == Money(0, "ISK")
