"""POST /v1/admin/rules/replay: try rules on the events of a period, and see what they would cost.

Nothing is granted. What is asked is kept as a file first and the queue told after it: if the
function dies in between, a replay stands that never goes on, and leaves the bucket after days.
"""

from mall import errors
from mall.events import Work
from mall.exports import OpenExports
from mall.http import operation
from mall.ids import new_id
from mall.points.rules import replaying
from mall.points.rules.checking import vocabulary
from mall.points.rules.replay_views import ReplayView
from mall.points.rules.replaying import ReplayRequest
from mall.store import OpenStore
from mall.store.program import OpenProgram
from mall.store.replays import RunReplay, begin
from mall.store.rules import active_versions


@operation(status=202, refuses=(errors.Busy,))
def replay_rules(
    request: ReplayRequest, store: OpenStore, program: OpenProgram, exports: OpenExports
) -> ReplayView:
    """Begin a replay; `GET /v1/admin/rules/replays/{replay_id}` shows how far it has come."""
    replaying.check_all(request, vocabulary(program.settings))
    active = active_versions(store) if request.with_active else []
    replay_id = new_id()
    shown = begin(exports, replay_id, replaying.plan(request, active, program))
    Work("replays").send([RunReplay(replay_id=replay_id)])
    return shown
