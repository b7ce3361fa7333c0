"""The active rules, read whole in one query."""

from mall import keys
from mall.points.rules.active import active_rule
from mall.points.rules.rule_set import RuleSet
from mall.store.client import Store

_ACTIVE = "#pk = :pk AND begins_with(#sk, :prefix)"


def active_rules(store: Store) -> RuleSet:
    """Every rule version in force."""
    values = {"pk": keys.PROGRAM["pk"], "prefix": "RULE#"}
    items = store.query_all("points", _ACTIVE, values, consistent=True)
    return RuleSet.of(
        active_rule(item["rule_id"], item["rule_version"], item["document"], item.get("ends_at"))
        for item in items
    )
