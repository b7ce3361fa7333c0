"""What comes on top of base points: the member's tier, multipliers and bonuses.

Everything that multiplies multiplies base points, never what another rule gave: two doublings
make three times the base, not four.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from mall.points.rules.active import ActiveRule, Fixed, Multiplier
from mall.points.rules.base import BasePoints, Gift, Reason, by_amount
from mall.points.rules.event_facts import Facts
from mall.points.rules.rule_set import Rules
from mall.points.rules.scoping import Positions, Scoping

_ON_TOP = "{} times {} base points on top"


@dataclass(frozen=True)
class Extras:
    """The gifts on top, and the code of each campaign that gave nothing."""

    gifts: tuple[Gift, ...]
    skipped: dict[int, str]


def extras(rules: Rules, scoped: Scoping, base: BasePoints, facts: Facts) -> Extras:
    """The tier's part, every `add` campaign, and of the `best` ones that which gives most."""
    giving: dict[int, int] = {}
    best: int | None = None
    for number, positions in scoped.meant.items():
        if rules[number].kind != "campaign":
            continue
        giving[number] = _scaled(rules[number], positions, base)
        rival = giving[number] > 0 and rules[number].stacking == "best"
        if rival and (best is None or giving[number] > giving[best]):
            best = number
    gifts = [*_tier(base, facts)]
    skipped: dict[int, str] = {}
    for number, scaled in giving.items():
        if scaled <= 0:
            skipped[number] = "nothing_to_multiply"
        elif rules[number].stacking == "best" and number != best:
            skipped[number] = "not_best"
        else:
            gifts.append(_gift(number, rules[number], scaled, scoped.meant[number], base, facts))
    return Extras(tuple(gifts), skipped)


def _tier(base: BasePoints, facts: Facts) -> Iterator[Gift]:
    extra = Fraction(facts.tier_multiplier) - 1
    scaled = _times(extra, base.scaled)
    if scaled > 0:
        parts = (tuple(range(len(facts.lines))), base.weights)
        numbers = (extra.as_integer_ratio(), (base.scaled, base.scale))
        yield Gift(None, scaled, parts, Reason(f"tier {facts.tier_id}: {_ON_TOP}", numbers))


def _scaled(rule: ActiveRule, positions: Positions, base: BasePoints) -> int:
    """What a campaign adds, over the scale."""
    if isinstance(rule.gives, Fixed):
        return rule.gives.points * base.scale
    assert isinstance(rule.gives, Multiplier)  # noqa: S101 - campaigns give one of the two
    return _times(rule.gives.extra, base.scaled if rule.scope.is_everything else base.on(positions))


def _gift(
    number: int, rule: ActiveRule, scaled: int, positions: Positions, base: BasePoints,
    facts: Facts,
) -> Gift:  # fmt: skip
    if isinstance(rule.gives, Fixed):
        reason = Reason("bonus of {}", ((rule.gives.points, 1),))
        return Gift(number, scaled, by_amount(positions, facts), reason)
    assert isinstance(rule.gives, Multiplier)  # noqa: S101 - campaigns give one of the two
    extra = rule.gives.extra.as_integer_ratio()
    multiplied = (scaled * extra[1], base.scale * extra[0])
    return Gift(number, scaled, (positions, base.weights), Reason(_ON_TOP, (extra, multiplied)))


def _times(extra: Fraction, scaled: int) -> int:
    """Exact, because the scale is a multiple of every multiplier's denominator.

    What is scaled is a sum of rates over that scale, so its factor is there to be divided by.
    """
    return extra.numerator * scaled // extra.denominator
