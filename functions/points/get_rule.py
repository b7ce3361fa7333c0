"""GET /v1/admin/rules/{rule_id}: a rule with all its versions, and who did what when."""

from mall import errors
from mall.http import PathId, operation
from mall.points.rules.rule import existing
from mall.points.rules.views import RuleView, whole
from mall.store import OpenStore
from mall.store.rules import read_rule


@operation(refuses=(errors.NotFound, errors.Busy))
def get_rule(rule_id: PathId, store: OpenStore) -> RuleView:
    """Show one rule."""
    return whole(existing(read_rule(store, rule_id)), store.now())
