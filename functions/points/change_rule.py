"""PUT /v1/admin/rules/{rule_id}: the next version of a rule, as a draft.

What is active stays so. A draft that was not activated is superseded; the same draft once more
changes nothing.
"""

from mall import errors
from mall.http import Caller, PathId, operation
from mall.points.rules.checking import check, vocabulary
from mall.points.rules.request import RuleRequest
from mall.points.rules.rule import save
from mall.points.rules.views import RuleView, whole
from mall.store import OpenStore
from mall.store import rules as stored
from mall.store.program import OpenProgram


@operation(refuses=(errors.NotFound, errors.TooManyRules, errors.Busy))
def change_rule(
    request: RuleRequest, rule_id: PathId, caller: Caller, store: OpenStore, program: OpenProgram
) -> RuleView:
    """Save a new draft of a rule."""
    if request.rule_id not in (None, rule_id):
        raise errors.Invalid.of("rule_id", "is not the rule that the path names")
    check(request, vocabulary(program.settings))
    rule = stored.change_rule(
        store, rule_id, lambda before: save(before, request, caller.id, store.now())
    )
    return whole(rule, store.now())
