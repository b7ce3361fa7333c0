"""Base points: what rate rules give for their lines, and fixed base rules for the event.

Exact points are kept as integers over a scale that is common to the whole evaluation: sums and
comparisons need no fractions then.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from mall.points.rules.active import ActiveRule, Fixed, Rate
from mall.points.rules.event_facts import Facts
from mall.points.rules.rule_set import Rules
from mall.points.rules.scoping import Positions, Scoping
from mall.points.rules.spreading import Parts

_PLACES = 10_000  # multipliers have four decimals, so this many parts of a point are enough for all


@dataclass(frozen=True)
class Reason:
    """Why something was given: words with a {} for each number, put together when they are read.

    A number is a numerator and a denominator.
    """

    words: str
    numbers: tuple[tuple[int, int], ...] = ()

    def __str__(self) -> str:
        return self.words.format(*(_text(*number) for number in self.numbers))


@dataclass(frozen=True)
class Gift:
    """The exact points that a rule gives, over the scale, and which lines share them.

    `number` is the rule's among those of the event's type; None is the member's tier.
    """

    number: int | None
    scaled: int
    parts: Parts
    reason: Reason


@dataclass(frozen=True)
class BasePoints:
    """The gifts of base rules, their sum, and each line's part of it, all of them over `scale`.

    `scale` is a multiple of what multipliers, the tier's too, divide by.
    """

    gifts: tuple[Gift, ...]
    scaled: int
    weights: tuple[int, ...]
    scale: int

    def on(self, positions: Positions) -> int:
        """The base points of some lines, over the scale."""
        weights = self.weights
        return sum([weights[at] for at in positions])


@dataclass(frozen=True)
class _Earned:
    """What a base rule gives, as a fraction."""

    number: int
    points: Fraction
    parts: Parts
    reason: Reason

    @property
    def rate(self) -> Fraction:
        """The points for each unit of weight; without lines, all of them."""
        return self.points / (sum(self.parts[1][at] for at in self.parts[0]) or 1)


def base_points(rules: Rules, scoped: Scoping, facts: Facts) -> BasePoints:
    """What the event earns before tiers and campaigns.

    A rate rule's points are its lines' in proportion to their amounts, and so are fixed points of
    the lines in the rule's scope.
    """
    earned = [_by_rate(n, rules[n], at, facts) for n, at in scoped.earning.items()]
    for number, positions in scoped.meant.items():
        gives = rules[number].gives
        if rules[number].kind == "base" and isinstance(gives, Fixed):
            reason = Reason("{} for the event", ((gives.points, 1),))
            parts = by_amount(positions, facts)
            earned.append(_Earned(number, Fraction(gives.points), parts, reason))
    rates = [each.rate for each in earned]
    tier = Fraction(facts.tier_multiplier).denominator
    scale = lcm(*(rate.denominator for rate in rates)) * lcm(_PLACES, tier)
    weights = [0] * len(facts.lines)
    for rate, each in zip(rates, earned, strict=True):
        factor = rate.numerator * (scale // rate.denominator)
        for at in each.parts[0]:
            weights[at] += factor * each.parts[1][at]
    gifts = tuple(
        Gift(e.number, e.points.numerator * (scale // e.points.denominator), e.parts, e.reason)
        for e in earned
    )
    return BasePoints(gifts, sum(gift.scaled for gift in gifts), tuple(weights), scale)


def by_amount(positions: Positions, facts: Facts) -> Parts:
    """Parts in proportion to the lines' amounts; equal ones where all of them are 0."""
    if any(facts.amounts[at] for at in positions):
        return positions, facts.amounts
    return positions, (1,) * len(facts.lines)


def _by_rate(number: int, rule: ActiveRule, positions: Positions, facts: Facts) -> _Earned:
    rate = rule.gives
    assert isinstance(rate, Rate)  # noqa: S101 - only rate rules are matched to earning lines
    amount = sum(facts.amounts[at] for at in positions)
    units = Fraction(amount, rate.per_amount)
    points = rate.points * (units.__floor__() if rate.whole_units else units)
    each = "for every whole" if rate.whole_units else "per"
    words = f"{{}} {each} {{}} of {{}} minor units"
    numbers = (rate.points.as_integer_ratio(), (rate.per_amount, 1), (amount, 1))
    return _Earned(number, points, by_amount(positions, facts), Reason(words, numbers))


def _text(numerator: int, denominator: int) -> str:
    """A number in words: as a decimal if it has at most 4 places, else as a fraction."""
    shared = gcd(numerator, denominator)
    numerator, denominator = numerator // shared, denominator // shared
    if denominator == 1:
        return str(numerator)
    if _PLACES % denominator:
        return f"{numerator}/{denominator}"
    whole, rest = divmod(numerator * (_PLACES // denominator), _PLACES)
    return f"{whole}.{rest:04d}".rstrip("0")
