"""What comes on top of base points: the member's tier, multipliers and bonuses.

Everything that multiplies multiplies base points, never what another rule gave: two doublings
make three times the base, not four.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from mall.points.rules.active import Fixed, Multiplier
from mall.points.rules.base import BasePoints, Gift, Reason, by_amount
from mall.points.rules.facts import Facts
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
    campaigns = [
        _campaign(number, rules, positions, base, facts)
        for number, positions in scoped.meant.items()
        if rules[number].kind == "campaign"
    ]
    giving = [gift for gift in campaigns if gift.points > 0]
    skipped = {_number(gift): "nothing_to_multiply" for gift in campaigns if gift.points <= 0}
    rivals = [gift for gift in giving if rules[_number(gift)].stacking == "best"]
    best = _best(rivals)
    skipped |= {_number(gift): "not_best" for gift in rivals if gift is not best}
    counted = [gift for gift in giving if _number(gift) not in skipped]
    return Extras((*_tier(base, facts), *counted), skipped)


def _best(rivals: Iterable[Gift]) -> Gift | None:
    """The gift of most points; of equal ones that of the rule that comes first."""
    return min(rivals, key=lambda gift: (-gift.points, _number(gift)), default=None)


def _number(gift: Gift) -> int:
    assert gift.number is not None  # noqa: S101 - a campaign's gift, not the tier's
    return gift.number


def _tier(base: BasePoints, facts: Facts) -> tuple[Gift, ...]:
    extra = Fraction(facts.tier_multiplier) - 1
    points = extra * base.points
    if points <= 0:
        return ()
    reason = Reason(f"tier {facts.tier_id}: {_ON_TOP}", (extra, base.points))
    return (Gift(None, points, (tuple(range(len(facts.lines))), base.weights), reason),)


def _campaign(
    number: int, rules: Rules, positions: Positions, base: BasePoints, facts: Facts
) -> Gift:
    rule = rules[number]
    if isinstance(rule.gives, Fixed):
        reason = Reason("bonus of {}", (rule.gives.points,))
        return Gift(number, Fraction(rule.gives.points), by_amount(positions, facts), reason)
    assert isinstance(rule.gives, Multiplier)  # noqa: S101 - campaigns give one of the two
    extra = rule.gives.extra
    points = base.points if rule.scope.is_everything else base.on(positions)
    given = Fraction(extra.numerator * points.numerator, extra.denominator * points.denominator)
    return Gift(number, given, (positions, base.weights), Reason(_ON_TOP, (extra, points)))
