"""Base points: what rate rules give for their lines, and fixed base rules for the event."""

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from mall.points.rules.active import ActiveRule, Fixed, Rate
from mall.points.rules.facts import Facts
from mall.points.rules.rule_set import Rules
from mall.points.rules.scoping import Positions, Scoping
from mall.points.rules.spreading import Parts


@dataclass(frozen=True)
class Reason:
    """Why something was given: words with a {} for each number, put together when they are read."""

    words: str
    numbers: tuple[Fraction | int, ...] = ()

    def __str__(self) -> str:
        return self.words.format(*(_text(Fraction(number)) for number in self.numbers))


@dataclass(frozen=True)
class Gift:
    """The exact points that a rule gives, before anything is rounded, and which lines share them.

    `number` is the rule's among those of the event's type; None is the member's tier.
    """

    number: int | None
    points: Fraction
    parts: Parts
    reason: Reason


@dataclass(frozen=True)
class BasePoints:
    """The gifts of base rules, their sum, and each line's part of it: `weights` over `scale`."""

    gifts: tuple[Gift, ...]
    points: Fraction
    weights: tuple[int, ...]
    scale: int

    def on(self, positions: Positions) -> Fraction:
        """The base points of some lines."""
        return Fraction(sum([self.weights[at] for at in positions]), self.scale)


def base_points(rules: Rules, scoped: Scoping, facts: Facts) -> BasePoints:
    """What the event earns before tiers and campaigns.

    A rate rule's points are its lines' in proportion to their amounts, and so are fixed points of
    the lines in the rule's scope.
    """
    gifts = [_by_rate(n, rules[n], at, facts) for n, at in scoped.earning.items()]
    for number, positions in scoped.meant.items():
        gives = rules[number].gives
        if rules[number].kind == "base" and isinstance(gives, Fixed):
            reason = Reason("{} for the event", (gives.points,))
            parts = by_amount(positions, facts)
            gifts.append(Gift(number, Fraction(gives.points), parts, reason))
    points = sum((gift.points for gift in gifts), Fraction(0))
    return BasePoints(tuple(gifts), points, *_weights(gifts, len(facts.lines)))


def _weights(gifts: list[Gift], count: int) -> tuple[tuple[int, ...], int]:
    """Each line's exact part of the base points, as an integer over a common scale."""
    each = [
        (gift.points / sum(gift.parts[1][at] for at in gift.parts[0]), gift.parts)
        for gift in gifts
        if gift.points and gift.parts[0]
    ]
    scale = lcm(*(rate.denominator for rate, _ in each))
    weights = [0] * count
    for rate, (positions, amounts) in each:
        factor = rate.numerator * (scale // rate.denominator)
        for at in positions:
            weights[at] += factor * amounts[at]
    return tuple(weights), scale


def by_amount(positions: Positions, facts: Facts) -> Parts:
    """Parts in proportion to the lines' amounts; equal ones where all of them are 0."""
    if any(facts.amounts[at] for at in positions):
        return positions, facts.amounts
    return positions, (1,) * len(facts.lines)


def _by_rate(number: int, rule: ActiveRule, positions: Positions, facts: Facts) -> Gift:
    rate = rule.gives
    assert isinstance(rate, Rate)  # noqa: S101 - only rate rules are matched to earning lines
    amount = sum(facts.amounts[at] for at in positions)
    units = Fraction(amount, rate.per_amount)
    points = rate.points * (units.__floor__() if rate.whole_units else units)
    each = "for every whole" if rate.whole_units else "per"
    words = f"{{}} {each} {{}} of {{}} minor units"
    reason = Reason(words, (rate.points, rate.per_amount, amount))
    return Gift(number, points, by_amount(positions, facts), reason)


def _text(number: Fraction) -> str:
    """A number in words: as a decimal if it has at most 4 places, else as a fraction."""
    if number.denominator == 1:
        return str(number.numerator)
    scaled = number * 10_000
    if scaled.denominator != 1:
        return f"{number.numerator}/{number.denominator}"
    whole, rest = divmod(scaled.numerator, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0")
