"""Earning by brute force: every rule against every line, in fractions, straight from the page.

Written from docs/concepts/earning.md alone. It shares the values that rules and events are made of
with the engine, and no computation.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from mall.points.rules import ActiveRule, CapKey, Facts, Line
from mall.points.rules.active import Fixed, Multiplier, Rate, Scope

Shares = dict[int, Fraction]  # exact points by position of the line


@dataclass
class Given:
    """One rule's exact points, in whole and by line."""

    rule_id: str
    exact: Fraction
    shares: Shares
    rule: ActiveRule | None = None
    points: int = 0


def grants(
    rules: list[ActiveRule], facts: Facts, used: dict[CapKey, int]
) -> tuple[dict[str, int], list[int]]:
    """Points by rule after caps, and points by line."""
    mine = [rule for rule in rules if facts.event_type in rule.event_types and applies(rule, facts)]
    mine.sort(key=lambda rule: (-rule.priority, rule.rule_id))
    gifts = rates(mine, facts) + fixed(mine, facts, "base")
    base: Shares = {at: Fraction(0) for at in range(len(facts.lines))}
    for gift in gifts:
        for at, share in gift.shares.items():
            base[at] += share
    total = sum((gift.exact for gift in gifts), Fraction(0))
    multiplied = multipliers(mine, facts, base, total)
    campaigns = sorted(
        (c for c in fixed(mine, facts, "campaign") + multiplied if c.exact > 0),
        key=lambda c: mine.index(rule_of(c)),
    )
    best = [c for c in campaigns if rule_of(c).stacking == "best"]
    winner = max(best, key=lambda c: c.exact) if best else None  # the first of equals
    gifts += [c for c in campaigns if rule_of(c).stacking == "add" or c is winner]
    extra = Fraction(facts.tier_multiplier) - 1
    if extra * total > 0:
        shares = {at: extra * share for at, share in base.items()}
        gifts.append(Given(f"tier:{facts.tier_id}", extra * total, shares))
    round_whole(gifts)
    for gift in gifts:
        cut(gift, facts, used)
    return {gift.rule_id: gift.points for gift in gifts}, by_line(gifts, facts)


def rule_of(gift: Given) -> ActiveRule:
    """The rule that gave."""
    assert gift.rule is not None
    return gift.rule


def applies(rule: ActiveRule, facts: Facts) -> bool:
    """Whether window, currency and conditions hold."""
    local = datetime.fromtimestamp(facts.occurred_at / 1000, UTC).astimezone(
        ZoneInfo(facts.calendar.zone)
    )
    asked = rule.conditions
    spent = sum(line.amount for line in facts.lines)
    money = rule.gives.currency if isinstance(rule.gives, Rate) else facts.currency
    return all(
        [
            rule.starts_at is None or facts.occurred_at >= rule.starts_at,
            rule.ends_at is None or facts.occurred_at < rule.ends_at,
            money == facts.currency,
            not asked.weekdays or local.strftime("%a").lower() in asked.weekdays,
            not asked.tiers or facts.tier_id in asked.tiers,
            not asked.first_purchase or facts.first_purchase,
            not asked.minimum_amount
            or (spent >= asked.minimum_amount and facts.currency == asked.minimum_currency),
            all(
                (not test.among or facts.attributes.get(test.name) in test.among)
                and (
                    test.at_least is None
                    or int(facts.attributes.get(test.name, -(10**9))) >= test.at_least
                )
                for test in asked.attributes
            ),
        ]
    )


def specificity(scope: Scope, line: Line) -> int:
    """3 for the SKU, 2 for the category, 1 for the product type, 0 for everything, -1 for none."""
    if (
        line.sku in scope.excluded_skus
        or line.category in scope.excluded_categories
        or line.product_type in scope.excluded_product_types
    ):
        return -1
    if line.sku in scope.skus:
        return 3
    if line.category in scope.categories:
        return 2
    if line.product_type in scope.product_types:
        return 1
    return -1 if scope.skus or scope.categories or scope.product_types else 0


def in_scope(rule: ActiveRule, facts: Facts) -> list[int]:
    """The positions of a rule's lines."""
    return [at for at, line in enumerate(facts.lines) if specificity(rule.scope, line) >= 0]


def rates(rules: list[ActiveRule], facts: Facts) -> list[Given]:
    """Each line earns by one rate rule."""
    chosen: dict[str, list[int]] = {}
    for at, line in enumerate(facts.lines):
        fit = [
            r for r in rules if isinstance(r.gives, Rate) and specificity(r.scope, line) >= 0
        ]  # fmt: skip
        if fit:
            first = min(fit, key=lambda r: (-specificity(r.scope, line), -r.priority, r.rule_id))
            chosen.setdefault(first.rule_id, []).append(at)
    gifts = []
    for rule in rules:
        if rule.rule_id in chosen:
            assert isinstance(rule.gives, Rate)
            amount = sum(facts.lines[at].amount for at in chosen[rule.rule_id])
            units = Fraction(amount, rule.gives.per_amount)
            if rule.gives.whole_units:
                units = Fraction(units.numerator // units.denominator)
            exact = units * rule.gives.points
            shares = by_amount(exact, chosen[rule.rule_id], facts)
            gifts.append(Given(rule.rule_id, exact, shares, rule))
    return gifts


def fixed(rules: list[ActiveRule], facts: Facts, kind: str) -> list[Given]:
    """Fixed points of base rules, or bonuses of campaigns."""
    gifts = []
    for rule in rules:
        positions = in_scope(rule, facts)
        anything = rule.scope == Scope() or positions
        if rule.kind == kind and isinstance(rule.gives, Fixed) and anything:
            exact = Fraction(rule.gives.points)
            gifts.append(Given(rule.rule_id, exact, by_amount(exact, positions, facts), rule))
    return gifts


def multipliers(
    rules: list[ActiveRule], facts: Facts, base: Shares, total: Fraction
) -> list[Given]:
    """What every multiplier would give."""
    gifts = []
    for rule in rules:
        if isinstance(rule.gives, Multiplier):
            shares = {at: rule.gives.extra * base[at] for at in in_scope(rule, facts)}
            exact = sum(shares.values(), Fraction(0))
            if rule.scope == Scope():
                exact = rule.gives.extra * total
            gifts.append(Given(rule.rule_id, exact, shares, rule))
    return gifts


def by_amount(points: Fraction, positions: list[int], facts: Facts) -> Shares:
    """Points in proportion to amounts; equal parts if all amounts are 0."""
    amounts = {at: facts.lines[at].amount for at in positions}
    if not any(amounts.values()):
        amounts = dict.fromkeys(positions, 1)
    whole = sum(amounts.values())
    return {at: points * amount / whole for at, amount in amounts.items()}


def round_whole(gifts: list[Given]) -> None:
    """Whole points by largest remainder, of the floor of the sum."""
    total = sum((gift.exact for gift in gifts), Fraction(0))
    left = total.numerator // total.denominator
    for gift in gifts:
        gift.points = gift.exact.numerator // gift.exact.denominator
        left -= gift.points
    order = sorted(gifts, key=lambda gift: (-(gift.exact - gift.points), gift.rule_id))
    for gift in order[:left]:
        gift.points += 1


def cut(gift: Given, facts: Facts, used: dict[CapKey, int]) -> None:
    """Apply the caps of a gift's rule."""
    local = datetime.fromtimestamp(facts.occurred_at / 1000, UTC).astimezone(
        ZoneInfo(facts.calendar.zone)
    )
    keys = {"day": "%Y%m%d", "week": "%GW%V", "month": "%Y%m", "ever": "ever"}
    for cap in gift.rule.caps if gift.rule else ():
        key = CapKey(rule_of(gift).rule_id, cap.per, cap.period, local.strftime(keys[cap.period]))
        gift.points = min(gift.points, max(0, cap.points - used.get(key, 0)))


def by_line(gifts: list[Given], facts: Facts) -> list[int]:
    """Each gift's points in proportion to its shares, summed exactly, then rounded once."""
    due = [Fraction(0)] * len(facts.lines)
    for gift in gifts:
        for at, share in gift.shares.items():
            if gift.points:
                due[at] += gift.points * share / gift.exact
    whole = [share.numerator // share.denominator for share in due]
    left = sum(due, Fraction(0)) - sum(whole)
    order = sorted(range(len(due)), key=lambda at: (-(due[at] - whole[at]), at))
    for at in order[: int(left)]:
        whole[at] += 1
    return whole
