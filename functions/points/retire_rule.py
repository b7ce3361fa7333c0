"""POST /v1/admin/rules/{rule_id}/retire: end a rule's active versions, now or at an instant.

Events that occurred before the end still earn by it, however late they are told. The answer waits
until every function knows. Retiring twice changes nothing, and waits again.
"""

from mall import errors
from mall.clock import DAY_MS, millis
from mall.http import Caller, PathId, operation
from mall.points.rules.request import RetireRequest
from mall.points.rules.rule import Rule, retire
from mall.points.rules.views import RuleView, whole
from mall.store import OpenStore
from mall.store.program import OpenProgram
from mall.store.rules import change_rule


@operation(refuses=(errors.NotFound, errors.Busy))
def retire_rule(
    request: RetireRequest, rule_id: PathId, caller: Caller, store: OpenStore, program: OpenProgram
) -> RuleView:
    """Retire a rule, or one version of it."""

    def retired(rule: Rule) -> Rule:
        now = store.now()
        at = now if request.at is None else millis(request.at)
        over_before = now - program.settings.event_age_days_max * DAY_MS
        return retire(rule, at, request.version, caller.id, now, over_before)

    rule = change_rule(store, rule_id, retired)
    store.let_old_programs_die()
    return whole(rule, store.now())
