"""GET /v1/admin/clock: how far the sandbox's clock is from real time."""

from mall import errors, keys
from mall.clock import instant
from mall.http import operation
from mall.points.views import ClockView
from mall.settings import settings
from mall.store import OpenStore


@operation(refuses=(errors.Busy,))
def get_clock(store: OpenStore) -> ClockView:
    """Show the offset. Only the sandbox stage has one."""
    if not settings().sandbox:
        raise errors.Forbidden("This stage lives at real time.")
    item = store.get("points", keys.CLOCK)
    return ClockView(offset_s=item["offset_s"] if item else 0, now=instant(store.now()))
