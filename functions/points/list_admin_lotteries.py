"""GET /v1/admin/lotteries: all lotteries, the newest first; of one status with `?status=`.

Read from the index by status and time, so it may trail a change by a moment.
"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import cursor, errors, keys
from mall.http import Caller, Limit, Position, operation
from mall.lottery.admin_views import AdminLotteryListView, in_short
from mall.lottery.items import from_item
from mall.lottery.lottery import STATUSES, Status
from mall.secrets import SigningSecret
from mall.store import OpenStore
from mall.store.newest import newest


@operation(refuses=(errors.BadCursor, errors.Busy))
def list_admin_lotteries(
    caller: Caller, store: OpenStore, secret: SigningSecret, limit: Limit = 20,
    position: Position = None, status: Annotated[Status | None, Query()] = None,
) -> AdminLotteryListView:  # fmt: skip
    """Show one page."""
    scope = f"admin_lotteries:{caller.id}:{status}"
    partitions = [keys.lotteries(each) for each in ((status,) if status else STATUSES)]
    page = newest(store, "points", partitions, limit, cursor.accept(secret, scope, position))
    return AdminLotteryListView(
        items=[in_short(from_item(item)) for item in page.items],
        next_cursor=cursor.issue(secret, scope, page.last),
    )
