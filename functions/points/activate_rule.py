"""POST /v1/admin/rules/{rule_id}/activate: put a rule's draft in force.

The answer waits until every function knows: events that are told after it earn by the new rules.
Activating twice changes nothing, and waits again, for the first call may have died before it could.
The draft is held against the settings once more, which may have changed since it was saved.
"""

from mall import errors
from mall.http import Caller, PathId, operation
from mall.points.rules.checking import check_draft, vocabulary
from mall.points.rules.rule import Rule, activate
from mall.points.rules.views import RuleView, whole
from mall.store import OpenStore
from mall.store.program import read_program
from mall.store.rules import change_rule


@operation(refuses=(errors.NotFound, errors.NoDraft, errors.TooManyRules, errors.Busy))
def activate_rule(rule_id: PathId, caller: Caller, store: OpenStore) -> RuleView:
    """Activate a rule's newest draft."""

    def change(before: Rule) -> Rule:
        check_draft(before, vocabulary(read_program(store).settings))
        return activate(before, caller.id, store.now())

    rule = change_rule(store, rule_id, change)
    store.let_old_programs_die()
    return whole(rule, store.now())
