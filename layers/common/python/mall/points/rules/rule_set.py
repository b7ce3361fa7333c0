"""All active rules, by the type of event that they are for.

Rules of one type are numbered by priority (highest first), then rule id, then version, so where two
are equal in everything else, the one with the smaller number comes first.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from mall.points.rules.active import ActiveRule

Rules = Sequence[ActiveRule]


class RuleSet:
    """Every rule version in force. Immutable, so one may serve many threads."""

    def __init__(self, rules: Iterable[ActiveRule]) -> None:
        self.rules = tuple(sorted(rules, key=lambda r: (-r.priority, r.rule_id, r.version)))

    @classmethod
    def of(cls, rules: Iterable[ActiveRule]) -> "RuleSet":
        """The set of these rules, in whatever order they come."""
        return cls(rules)

    @cached_property
    def _by_type(self) -> Mapping[str, Rules]:
        types = {type_ for rule in self.rules for type_ in rule.event_types}
        return {t: tuple(r for r in self.rules if t in r.event_types) for t in types}

    def of_type(self, event_type: str) -> Rules:
        """The rules for a type of event, in order of their numbers; often none."""
        return self._by_type.get(event_type, ())
