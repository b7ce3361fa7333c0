"""Pearson's chi-square test: how likely counts as far off as these are, if the odds are as stated.

The p-value is Q(df / 2, statistic / 2), where Q is the regularised upper incomplete gamma function.
Q(a, x) is computed as 1 - P(a, x) by the series of P below x = a + 1, and by the continued fraction
above, where each converges fast (NIST Digital Library of Mathematical Functions, 8.11.4 and 8.9.2;
the split and the evaluation of the fraction by Lentz's method are those of Press et al., Numerical
Recipes, 3rd edition, section 6.2).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

_EPSILON = 1e-15
_TINY = 1e-300
_TERMS_MAX = 100_000


@dataclass(frozen=True)
class Fit:
    """How well counts fit. `p_value` is 0 to 1; `expected_least` the smallest expected count.

    The approximation is good from about 5 expected of each on.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    expected_least: float


def fit(counts: Sequence[int], odds: Sequence[Fraction]) -> Fit | None:
    """How well counts fit odds that sum to 1, each above 0; None if there is nothing to compare."""
    total, freedom = sum(counts), len(counts) - 1
    if not total or not freedom:
        return None
    expected = [total * chance for chance in odds]
    pairs = zip(counts, expected, strict=True)
    statistic = float(sum((Fraction(count) - due) ** 2 / due for count, due in pairs))
    p_value = upper_gamma(freedom / 2, statistic / 2)
    return Fit(statistic, freedom, p_value, float(min(expected)))


def upper_gamma(a: float, x: float) -> float:
    """The regularised upper incomplete gamma function Q(a, x), for a > 0 and x >= 0."""
    if x == 0:
        return 1.0
    # x^a e^-x / Gamma(a), by logarithms: each factor alone may be out of range.
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    value = scale * _fraction(a, x) if x > a + 1 else 1 - scale * _series(a, x)
    return min(1.0, max(0.0, value))


def _series(a: float, x: float) -> float:
    """Sum of x^n / (a (a + 1) ... (a + n)) for n = 0, 1, ..."""
    term = total = 1 / a
    for n in range(1, _TERMS_MAX):
        term *= x / (a + n)
        total += term
        if term < total * _EPSILON:
            break
    return total


def _fraction(a: float, x: float) -> float:
    """The continued fraction 1/(x+1-a- 1(1-a)/(x+3-a- 2(2-a)/(x+5-a- ...)))."""
    b = x + 1 - a
    c = 1 / _TINY
    d = value = 1 / b
    for n in range(1, _TERMS_MAX):
        numerator = -n * (n - a)
        b += 2
        d = 1 / _away_from_0(numerator * d + b)
        c = _away_from_0(b + numerator / c)
        value *= c * d
        if abs(c * d - 1) < _EPSILON:
            break
    return value


def _away_from_0(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
