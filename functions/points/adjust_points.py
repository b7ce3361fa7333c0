"""POST /v1/admin/points/adjustments: correct a member's points by hand, with a reason.

Beyond the program's threshold, summed over 24 hours per admin and per member, it waits for another
admin and nothing moves yet. The reason is free text and lives in `users`; the ledger entry holds a
salted digest of it. Entry, sums, note and receipt commit together; the receipt leaves the reason
out, which whoever repeats the request brings along. Nobody adjusts themselves.
"""

from mall import errors
from mall.http import Caller, IdempotencyKey, operation
from mall.ids import derived_id, new_id, request_hash
from mall.points import adjusting
from mall.points.views import AdjustmentView, AdjustRequest, MemberReference
from mall.store import Commit, OpenStore
from mall.store.adjustments import alone
from mall.store.ledger import head
from mall.store.members import resolve
from mall.store.once import once
from mall.store.program import OpenProgram


@operation(
    status=201,
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.AccountClosed,
        errors.InsufficientPoints, errors.PointsLimit, errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def adjust_points(
    request: AdjustRequest, key: IdempotencyKey, caller: Caller, store: OpenStore,
    program: OpenProgram,
) -> AdjustmentView:  # fmt: skip
    """Adjust or let it wait, or answer as before to the same key."""
    adjustment_id = derived_id("adjust_points", caller.id, key)
    digest = request_hash("adjust_points", request)
    salt = new_id()

    def decide(_: errors.Stale | None) -> Commit[AdjustmentView]:
        if request.user_id == caller.id:
            raise errors.Forbidden("Nobody adjusts their own points.")
        member = resolve(store, MemberReference(user_id=request.user_id))
        asked, text = adjusting.draft(request, adjustment_id, caller.id, salt, store.now())
        tallies = alone(store, caller.id, member)
        writes, done = adjusting.ask(asked, head(store, member), tallies, program)
        return Commit([text, *writes], adjusting.view(done, None))

    view = once(store, AdjustmentView, adjustment_id, digest, decide, table="points")
    return view.with_reason(request.reason)
