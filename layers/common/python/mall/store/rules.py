"""Rules read and changed: a rule is one partition, the active ones another."""

from collections.abc import Callable, Sequence

from mall import keys
from mall.clock import Millis
from mall.errors import Stale
from mall.points.rules import RuleSet
from mall.points.rules.items import changed, from_items, version_from
from mall.points.rules.rule import Rule, RuleVersion, existing
from mall.points.rules.views import RuleSummaryView, summary
from mall.store.client import Commit, Store
from mall.store.reads import Page


def read_rule(store: Store, rule_id: str) -> Rule | None:
    """A rule with all its versions. The head is read first: it guards what is read after it."""
    items = store.query_all(
        "points", "#pk = :pk", {"pk": keys.rule(rule_id)["pk"]}, consistent=True
    )
    return from_items(rule_id, items)


def active_rules(store: Store) -> RuleSet:
    """The rules that were activated and are in force; the built-in one is not among them."""
    return RuleSet.of(version.compiled for version in active_versions(store))


def active_versions(store: Store) -> list[RuleVersion]:
    """The rule versions in force, in one query."""
    items = store.query_all(
        "points",
        "#pk = :pk AND begins_with(#sk, :prefix)",
        {"pk": keys.PROGRAM["pk"], "prefix": keys.ACTIVE_RULE_PREFIX},
        consistent=True,
    )
    return [version_from(item) for item in items]


def change_rule(store: Store, rule_id: str, change: Callable[[Rule], Rule]) -> Rule:
    """Apply a change to a rule, in one transaction. Raises NotFound, Busy, and what it raises.

    Where the active rules may have changed, let old programs die before answering.
    """

    def attempt(_: Stale | None) -> Commit[Rule]:
        before = existing(read_rule(store, rule_id))
        after = change(before)
        return Commit(changed(before, after), after)

    return store.commit(attempt)


def list_rules(store: Store, page: Page, now: Millis) -> Sequence[RuleSummaryView]:
    """The rules of a page of heads, each by its newest version."""
    newest = store.get_many(
        [("points", keys.rule_version(head["rule_id"], head["newest"])) for head in page.items]
    )
    return [
        summary(version_from(item), head["versions"], now)
        for head, item in zip(page.items, newest, strict=True)
        if item
    ]
