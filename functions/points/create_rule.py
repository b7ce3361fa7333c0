"""POST /v1/admin/rules: a new earning rule, as a draft that nobody earns by yet.

With an Idempotency-Key a retry makes no second rule and gets the draft as it was.
"""

from mall import errors
from mall.http import Caller, OptionalIdempotencyKey, operation
from mall.ids import derived_id, new_id, request_hash
from mall.points.rules.checking import check, vocabulary
from mall.points.rules.items import changed
from mall.points.rules.request import RuleRequest
from mall.points.rules.rule import Rule, save
from mall.points.rules.views import RuleView, whole
from mall.store import Commit, OpenStore
from mall.store.once import once
from mall.store.program import OpenProgram


@operation(
    status=201,
    refuses=(
        errors.IdempotencyKeyRequired, errors.RuleExists, errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def create_rule(
    request: RuleRequest, caller: Caller, store: OpenStore, program: OpenProgram,
    key: OptionalIdempotencyKey,
) -> RuleView:  # fmt: skip
    """Create a rule, or answer as before to the same key."""
    rule_id = derived_id("create_rule", caller.id, key) if key else new_id()

    def attempt(_: errors.Stale | None) -> Commit[RuleView]:
        check(request, vocabulary(program.settings))
        before = Rule(request.rule_id or rule_id)
        after = save(before, request, caller.id, store.now())
        writes = changed(before, after, refused=lambda _: errors.RuleExists())
        return Commit(writes, whole(after, store.now()))

    if key is None:
        return store.commit(attempt)
    digest = request_hash("create_rule", request)
    return once(store, RuleView, rule_id, digest, attempt, table="points")
