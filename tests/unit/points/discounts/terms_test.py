"""How many points a cart may use: case 6, the share, the minimum, and no point too many."""

import random

import pytest
from mall.errors import NotOffered
from mall.points.discounts.terms import NOTHING, Offer, offer, points_for, terms_of
from mall.points.program import ProgramSettings
from mall.points.program.settings import Discounts


def _terms(**changed: object) -> Discounts:
    return Discounts.model_validate({"points": 1, "worth": 1, **changed})


def should_give_what_the_points_are_worth() -> None:
    assert offer(_terms(points=100, worth=50), 10_000, 1_000) == Offer(1_000, 500)


def should_clamp_a_discount_to_what_is_due() -> None:
    """Case 6."""
    assert offer(_terms(), 300, 1_000) == Offer(300, 300)


def should_clamp_a_discount_to_its_share() -> None:
    """Half of 301 is 150, floored; case 6 with a share below the whole."""
    assert offer(_terms(share_max="0.5"), 301, 1_000) == Offer(150, 150)


@pytest.mark.parametrize(
    ("amount", "share", "discount"),
    [(10**12, "0.9999", 999_900_000_000), (3, "0.3333", 0), (10_000, "0.0001", 1)],
)
def should_take_the_share_exactly(amount: int, share: str, discount: int) -> None:
    assert offer(_terms(share_max=share), amount, 2**53 - 1).discount == discount


def should_take_no_point_that_is_worth_nothing_more() -> None:
    """100 points are worth 3 minor units: 99 take 2 off, and 67 are enough for these."""
    assert offer(_terms(points=100, worth=3), 10_000, 99) == Offer(67, 2)


def should_let_one_point_of_more_worth_than_is_due_pay_it_all() -> None:
    """A point is worth 5: 2 of them are the fewest for 7."""
    assert offer(_terms(worth=5), 7, 10) == Offer(2, 7)


def should_give_nothing_below_the_minimum() -> None:
    terms = _terms(points_min=500)
    assert offer(terms, 10_000, 499) == NOTHING
    assert offer(terms, 10_000, 500) == Offer(500, 500)
    assert offer(terms, 499, 10_000) == NOTHING


def should_give_nothing_for_no_points() -> None:
    assert offer(_terms(), 10_000, 0) == NOTHING
    assert offer(_terms(points=1_000), 10_000, 999) == NOTHING


@pytest.mark.parametrize(("amount", "off"), [(1_250, 625), (12_345, 6_172)], ids=["JPY", "KWD"])
def should_compute_in_minor_units_of_any_currency(amount: int, off: int) -> None:
    """Case 5: 1,250 yen and 12.345 dinars; half of them, floored to what can be paid."""
    assert offer(_terms(share_max="0.5"), amount, 10**6).discount == off


def should_never_exceed_any_bound_and_never_waste_a_point() -> None:
    for _ in range(2_000):
        share = random.randint(1, 99)
        terms = _terms(
            points=random.randint(1, 500), worth=random.randint(1, 500), share_max=f"0.{share:02d}"
        )
        amount, available = random.randint(1, 10_000), random.randint(0, 10_000)
        found = offer(terms, amount, available)
        assert 100 * found.discount <= share * amount
        assert found.points <= available
        assert found.points * terms.worth >= found.discount * terms.points
        assert (found.points - 1) * terms.worth < max(1, found.discount * terms.points)


def should_return_points_that_sum_exactly_over_any_refunds() -> None:
    """Case 25."""
    for _ in range(500):
        points, amount = random.randint(1, 5_000), random.randint(1, 5_000)
        cuts = sorted({*random.sample(range(amount + 1), k=min(amount, 4)), amount})
        steps = [points_for(points, amount, cut) for cut in cuts]
        assert steps == sorted(steps)
        assert steps[-1] == points


def should_say_that_there_are_no_discounts() -> None:
    with pytest.raises(NotOffered):
        terms_of(ProgramSettings())
