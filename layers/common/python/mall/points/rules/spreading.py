"""Sharing whole points out by largest remainder: exact, and the same on every machine.

Everybody gets the whole part of their share; what is left of the total goes, a point each, to the
largest fractions that were cut off. Equal fractions go by the order given.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import lcm

Parts = tuple[tuple[int, ...], tuple[int, ...]]  # who shares (positions), and everybody's weight


def whole_shares(scaled: Sequence[int], scale: int) -> list[int]:
    """Round numbers over `scale` to whole ones that sum to the floor of their sum.

    Of equal fractions the one that comes first is rounded up first.
    """
    shares = [divmod(share, scale) for share in scaled]
    whole = [share for share, _ in shares]
    left = sum(scaled) // scale - sum(whole)
    for at in sorted(range(len(shares)), key=lambda at: -shares[at][1])[:left]:
        whole[at] += 1
    return whole


def spread(parts: Iterable[tuple[int, Parts]], count: int) -> tuple[int, ...]:
    """Share sums of points out over `count` positions; the result sums to all of them.

    Each part is a number of points, the positions that share it, and the weights (of all
    positions, not all 0 among the sharing) in proportion to which they do. The exact shares of all
    parts are added before anything is rounded, so each position is rounded once.
    """
    due: dict[tuple[int, int], int] = defaultdict(int)
    sharing: dict[tuple[int, int], Parts] = {}
    for points, (positions, weights) in parts:
        if points:
            same = (id(positions), id(weights))  # equal ones may be apart, which costs time only
            due[same] += points
            sharing[same] = positions, weights
    rates = [
        (Fraction(due[same], sum([weights[at] for at in positions])), positions, weights)
        for same, (positions, weights) in sharing.items()
    ]
    scale = lcm(*(rate.denominator for rate, _, _ in rates))
    scaled = [0] * count
    for rate, positions, weights in rates:
        factor = rate.numerator * (scale // rate.denominator)
        for at in positions:
            scaled[at] += factor * weights[at]
    return tuple(whole_shares(scaled, scale))
