"""GET /v1/admin/orders: orders by their last change, newest first; of one status with `?status=`.

`?from=` and `?to=` bound when they changed last; the last 7 days without. Read from the index by
status and hour, so it may trail a change by a moment, and a page may be short and go on.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import cursor, errors
from mall.clock import DAY_MS, Millis, millis
from mall.http import Caller, Limit, Position, operation
from mall.models import Instant
from mall.orders.admin_views import AdminOrderListView, shown
from mall.orders.states import STATUSES, Status
from mall.secrets import SigningSecret
from mall.store import OpenStore
from mall.store.order_lists import Place, newest_changed

_DAYS, _DAYS_MAX = 7, 92


@operation(refuses=(errors.BadCursor, errors.Invalid, errors.Busy))
def list_admin_orders(  # noqa: PLR0913 - the filters of the list, and what the mall injects
    caller: Caller, store: OpenStore, secret: SigningSecret, limit: Limit = 20,
    position: Position = None, *, status: Annotated[Status | None, Query()] = None,
    begin: Annotated[Instant | None, Query(alias="from")] = None,
    until: Annotated[Instant | None, Query(alias="to")] = None,
) -> AdminOrderListView:  # fmt: skip
    """Show one page."""
    scope = f"admin orders:{caller.id}:{status}:{begin}:{until}"
    known = cursor.accept(secret, scope, position)
    place = Place(**known) if known else _first_place(begin, until, store.now())
    page, last = newest_changed(store, (status,) if status else STATUSES, place, limit)
    return AdminOrderListView(
        items=[shown(order) for order in page],
        next_cursor=cursor.issue(secret, scope, asdict(last) if last else None),
    )


def _first_place(begin: datetime | None, until: datetime | None, now: Millis) -> Place:
    to = millis(until) if until else now
    since = millis(begin) if begin else to - _DAYS * DAY_MS
    if not 0 <= to - since <= _DAYS_MAX * DAY_MS:
        raise errors.Invalid.of("from", f"must be before `to`, by {_DAYS_MAX} days at most")
    return Place.at_the_end_of(max(0, since), to)
