"""POST /v1/admin/points/adjustments/{adjustment_id}/reject: a waiting adjustment never happens.

Another admin decides than the one who asked, and never the member concerned.
"""

from mall import errors, keys
from mall.http import Caller, PathId, operation
from mall.points import adjusting
from mall.points.views import AdjustmentView
from mall.store import Commit, OpenStore
from mall.store.adjustments import told


@operation(refuses=(errors.NotFound, errors.AlreadyDecided, errors.Busy))
def reject_adjustment(adjustment_id: PathId, caller: Caller, store: OpenStore) -> AdjustmentView:
    """Reject it; one that was rejected before stays as it is."""

    def attempt(_: errors.Stale | None) -> Commit[AdjustmentView]:
        item = store.get("points", keys.adjustment(adjustment_id))
        writes, done = adjusting.reject(item, caller.id, store.now())
        return Commit(writes, told(store, [done])[0])

    return store.commit(attempt)
