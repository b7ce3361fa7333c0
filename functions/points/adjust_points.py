"""POST /v1/admin/points/adjustments: correct a member's points by hand, with a reason.

The reason is free text and lives in `users`; the ledger entry holds a salted digest of it. Entry,
note and receipt commit together; the receipt leaves the reason out, which whoever repeats the
request brings along. Nobody adjusts themselves.
"""

from mall import errors, keys
from mall.http import Caller, IdempotencyKey, operation
from mall.ids import derived_id, new_id, request_hash
from mall.points import adjusting
from mall.points.program import PROGRAM
from mall.points.views import AdjustmentView, AdjustRequest, MemberReference
from mall.receipts import receipt, replayed
from mall.store import Commit, OpenStore
from mall.store.ledger import head
from mall.store.members import resolve


@operation(
    status=201,
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.AccountClosed,
        errors.InsufficientPoints, errors.PointsLimit, errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def adjust_points(
    request: AdjustRequest, key: IdempotencyKey, caller: Caller, store: OpenStore
) -> AdjustmentView:
    """Adjust, or answer as before to the same key."""
    adjustment_id = derived_id("adjust_points", caller.id, key)
    digest = request_hash("adjust_points", request)
    if kept := store.get("points", keys.receipt(adjustment_id)):
        return replayed(AdjustmentView, kept, digest).with_reason(request.reason)
    if request.user_id == caller.id:
        raise errors.Forbidden("Nobody adjusts their own points.")
    member = resolve(store, MemberReference(user_id=request.user_id))
    salt = new_id()

    def attempt(_: errors.Stale | None) -> Commit[AdjustmentView]:
        writes, view = adjusting.adjust(
            request, adjustment_id, caller.id, salt, head(store, member), PROGRAM, store.now()
        )
        own = receipt("points", adjustment_id, digest, view.with_reason("").model_dump_json())
        return Commit([own, *writes], view)

    try:
        return store.commit(attempt)
    except errors.AlreadyDone as done:
        return replayed(AdjustmentView, done.item, digest).with_reason(request.reason)
