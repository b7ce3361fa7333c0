"""The chi-square test, against published quantiles and against functions that are known exactly."""

import math
from fractions import Fraction
from random import Random

import pytest
from mall.lottery.chi_square import fit, upper_gamma
from mall.lottery.fairness import place_of

# Quantiles of the distribution, NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4.
QUANTILES = [
    (1, 0.05, 3.841), (1, 0.001, 10.828), (2, 0.10, 4.605), (5, 0.01, 15.086), (10, 0.05, 18.307),
    (19, 0.025, 32.852), (30, 0.05, 43.773), (100, 0.05, 124.342), (100, 0.95, 77.929),
    (5, 0.95, 1.145), (10, 0.99, 2.558),
]  # fmt: skip


@pytest.mark.parametrize(("freedom", "p_value", "quantile"), QUANTILES)
def should_agree_with_published_quantiles(freedom: int, p_value: float, quantile: float) -> None:
    """They are given to three digits, so the p-value may be off by as much as those leave open."""
    low, high = (upper_gamma(freedom / 2, (quantile + off) / 2) for off in (0.0006, -0.0006))
    assert low <= p_value <= high


@pytest.mark.parametrize("x", [1e-9, 0.1, 1.0, 1.999, 2.0, 2.001, 5.0, 30.0, 200.0])
def should_be_what_it_is_known_to_be(x: float) -> None:
    """On both sides of where the computation changes."""
    assert upper_gamma(1, x) == pytest.approx(math.exp(-x), rel=1e-12)
    assert upper_gamma(2, x) == pytest.approx((1 + x) * math.exp(-x), rel=1e-12)
    assert upper_gamma(0.5, x) == pytest.approx(math.erfc(math.sqrt(x)), rel=1e-10)


def should_stay_between_0_and_1() -> None:
    assert upper_gamma(0.5, 0) == 1
    assert upper_gamma(9.5, 1e5) == 0
    assert upper_gamma(1e5, 1e5) == pytest.approx(0.5, abs=0.001)


def should_test_a_die() -> None:
    """60 throws: each side 10 times is expected; (25 + 4 + 4 + 1 + 0 + 16) / 10 = 5."""
    found = fit([5, 8, 12, 11, 10, 14], [Fraction(1, 6)] * 6)
    assert found
    assert (found.statistic, found.degrees_of_freedom, found.expected_least) == (5, 5, 10)
    assert found.p_value == pytest.approx(0.41588, abs=1e-5)


def should_say_nothing_of_nothing() -> None:
    assert fit([0, 0], [Fraction(1, 2)] * 2) is None
    assert fit([7], [Fraction(1)]) is None


def should_see_loaded_weights() -> None:
    """Drawn by the weights, and held against others that are a little off."""
    random, weights = Random(5), [1, 9, 90, 900]
    counts = [0] * len(weights)
    for _ in range(20_000):
        counts[place_of(random.randrange(1000), weights)] += 1
    right = fit(counts, [Fraction(weight, 1000) for weight in weights])
    wrong = fit(counts, [Fraction(weight, 1000) for weight in (3, 9, 90, 898)])
    assert right
    assert wrong
    assert (right.p_value > 0.01, wrong.p_value < 1e-6) == (True, True)
