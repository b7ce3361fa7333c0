"""Whether a rule's window and conditions hold for an event, and how to say that they do not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from mall.clock import instant
from mall.points.rules.active import UNCONDITIONAL, ActiveRule, AttributeTest, Conditions, Rate
from mall.points.rules.event_facts import WEEKDAYS, Facts


@dataclass(frozen=True)
class Skipped:
    """A rule for this type of event that gave nothing, and why. `code` is stable."""

    rule_id: str
    version: int
    code: str
    reason: str


def hindrance(rule: ActiveRule, facts: Facts) -> str | None:
    """The code of the first circumstance that keeps a rule from applying; None if all hold.

    Lines are not looked at. The order is window, currency, and the conditions as in `_HELD`.
    """
    if not _in_window(rule, facts):
        return "not_in_window"
    if isinstance(rule.gives, Rate) and rule.gives.currency != facts.currency:
        return "other_currency"
    if rule.conditions == UNCONDITIONAL:
        return None
    return next((code for code, held in _HELD.items() if not held(rule.conditions, facts)), None)


def weekday(facts: Facts) -> str:
    """The day of the week, in the program's zone, on which the event occurred."""
    return WEEKDAYS[date.fromisoformat(facts.day).weekday()]


def told(rule: ActiveRule, facts: Facts, code: str) -> Skipped:
    """A skipped rule with the reason in words."""
    return Skipped(rule.rule_id, rule.version, code, _WORDS[code](rule, facts))


def _in_window(rule: ActiveRule, facts: Facts) -> bool:
    at = facts.occurred_at
    begun = rule.starts_at is None or rule.starts_at <= at
    return begun and (rule.ends_at is None or at < rule.ends_at)


_HELD: dict[str, Callable[[Conditions, Facts], bool]] = {
    "other_currency": lambda asked, facts: asked.minimum_currency in ("", facts.currency),
    "weekday": lambda asked, facts: not asked.weekdays or weekday(facts) in asked.weekdays,
    "tier": lambda asked, facts: not asked.tiers or facts.tier_id in asked.tiers,
    "not_first_purchase": lambda asked, facts: not asked.first_purchase or facts.first_purchase,
    "below_minimum": lambda asked, facts: facts.amount >= asked.minimum_amount,
    "attribute": lambda asked, facts: _failed_test(asked, facts) is None,
}


def _failed_test(asked: Conditions, facts: Facts) -> AttributeTest | None:
    tests = asked.attributes
    return next((t for t in tests if not t.holds(facts.attributes.get(t.name))), None)


def _window_words(rule: ActiveRule, facts: Facts) -> str:
    if rule.starts_at is not None and facts.occurred_at < rule.starts_at:
        return f"the event occurred before the rule begins at {instant(rule.starts_at)}"
    return f"the event occurred when the rule had ended at {instant(rule.ends_at or 0)}"


def _currency_words(rule: ActiveRule, facts: Facts) -> str:
    meant = rule.conditions.minimum_currency
    if isinstance(rule.gives, Rate) and rule.gives.currency != facts.currency:
        meant = rule.gives.currency
    actual = f"in {facts.currency}" if facts.currency else "without a currency"
    return f"the rule is about {meant}, this event is {actual}"


def _attribute_words(rule: ActiveRule, facts: Facts) -> str:
    test = _failed_test(rule.conditions, facts)
    return f"the attribute {test.name if test else ''} is not as the rule asks"


_WORDS: dict[str, Callable[[ActiveRule, Facts], str]] = {
    "not_in_window": _window_words,
    "other_currency": _currency_words,
    "weekday": lambda rule, facts: f"not on a {weekday(facts)}",
    "tier": lambda rule, facts: f"not for the tier {facts.tier_id or 'of this member'}",
    "not_first_purchase": lambda rule, facts: "only for a member's first purchase",
    "below_minimum": lambda rule, facts: (
        f"only from {rule.conditions.minimum_amount} minor units on, these are {facts.amount}"
    ),
    "attribute": _attribute_words,
    "no_matching_line": lambda rule, facts: "no line is in its scope",
    "less_specific": lambda rule, facts: "each line in its scope earns by a rule that comes first",
    "nothing_to_multiply": lambda rule, facts: "the lines in its scope earned no base points",
    "not_best": lambda rule, facts: "another campaign gives more, and only the best counts",
}
