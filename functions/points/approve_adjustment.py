"""POST /v1/admin/points/adjustments/{adjustment_id}/approve: let a waiting adjustment happen.

Another admin decides than the one who asked, and never the member concerned. The entry commits
with the approval, so it moves points once; where the ledger refuses, the adjustment still waits.
"""

from mall import errors, keys
from mall.http import Caller, PathId, operation
from mall.points import adjusting
from mall.points.views import AdjustmentView
from mall.store import Commit, OpenStore
from mall.store.adjustments import told
from mall.store.ledger import head
from mall.store.program import OpenProgram


@operation(
    refuses=(
        errors.NotFound, errors.AccountClosed, errors.AlreadyDecided, errors.InsufficientPoints,
        errors.PointsLimit, errors.Busy,
    )
)  # fmt: skip
def approve_adjustment(
    adjustment_id: PathId, caller: Caller, store: OpenStore, program: OpenProgram
) -> AdjustmentView:
    """Approve it; one that was applied before stays as it is."""

    def attempt(_: errors.Stale | None) -> Commit[AdjustmentView]:
        item = store.get("points", keys.adjustment(adjustment_id))
        member = adjusting.decidable(item, caller.id).member
        now = store.now()
        newest = head(store, member)
        writes, done = adjusting.approve(item, newest, program, caller.id, now)
        return Commit(writes, told(store, [done])[0])

    return store.commit(attempt)
