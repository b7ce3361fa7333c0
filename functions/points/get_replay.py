"""GET /v1/admin/rules/replays/{replay_id}: what a replay found, as far as it has come."""

from mall import errors
from mall.exports import OpenExports
from mall.http import PathId, operation
from mall.points.rules.replay_views import ReplayView
from mall.store.replays import show


@operation(refuses=(errors.NotFound, errors.Busy))
def get_replay(replay_id: PathId, exports: OpenExports) -> ReplayView:
    """Show a replay; it is kept for a week."""
    shown = show(exports, replay_id)
    if shown is None:
        raise errors.NotFound("There is no such replay, or it is more than a week old.")
    return shown
