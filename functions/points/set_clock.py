"""PUT /v1/admin/clock: move the sandbox's clock.

Every function rereads the offset once a second. The answer waits that long, so whatever is asked
after it, of any function, lives at the new time.
"""

from mall import errors, keys
from mall.clock import instant
from mall.http import operation
from mall.points.views import ClockRequest, ClockView
from mall.settings import settings
from mall.store import Commit, OpenStore
from mall.writes import put


@operation(refuses=(errors.Busy,))
def set_clock(request: ClockRequest, store: OpenStore) -> ClockView:
    """Set the offset. Production refuses it."""
    if not settings().sandbox:
        raise errors.Forbidden("This stage lives at real time.")
    moved = put("points", {**keys.CLOCK, "offset_s": request.offset_s})
    store.commit(lambda _: Commit([moved], None))
    store.let_old_offsets_die()
    return ClockView(offset_s=request.offset_s, now=instant(store.now()))
