"""POST /v1/admin/rules: a new earning rule, as a draft that nobody earns by yet.

With an Idempotency-Key a retry makes no second rule and gets the draft as it was.
"""

from mall import errors, keys
from mall.http import Caller, OptionalIdempotencyKey, operation
from mall.ids import derived_id, new_id, request_hash
from mall.points.rules.checking import check, vocabulary
from mall.points.rules.items import changed
from mall.points.rules.request import RuleRequest
from mall.points.rules.rule import Rule, save
from mall.points.rules.views import RuleView, whole
from mall.receipts import receipt, replayed
from mall.store import Commit, OpenStore
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
    receipt_id = derived_id("create_rule", caller.id, key) if key else new_id()
    digest = request_hash("create_rule", request)
    if key and (kept := store.get("points", keys.receipt(receipt_id))):
        return replayed(RuleView, kept, digest)
    check(request, vocabulary(program.settings))
    before = Rule(request.rule_id or receipt_id)
    after = save(before, request, caller.id, store.now())
    view = whole(after, store.now())
    own = [receipt("points", receipt_id, digest, view.model_dump_json())] if key else []
    writes = changed(before, after, refused=lambda _: errors.RuleExists())
    try:
        return store.commit(lambda _: Commit([*own, *writes], view))
    except errors.AlreadyDone as done:
        return replayed(RuleView, done.item, digest)
