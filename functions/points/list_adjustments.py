"""GET /v1/admin/points/adjustments: adjustments, newest first; of one status with `?status=`.

Read from the index by status and time, so it may trail a decision by a moment.
"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import cursor, errors
from mall.http import Caller, Limit, Position, operation
from mall.points import adjusting
from mall.secrets import SigningSecret
from mall.store import OpenStore
from mall.store.adjustments import newest, told


@operation(refuses=(errors.BadCursor, errors.Busy))
def list_adjustments(
    caller: Caller, store: OpenStore, secret: SigningSecret, limit: Limit = 20,
    position: Position = None, status: Annotated[adjusting.Status | None, Query()] = None,
) -> adjusting.AdjustmentListView:  # fmt: skip
    """Show one page."""
    scope = f"adjustments:{caller.id}:{status}"
    statuses = (status,) if status else adjusting.STATUSES
    page, last = newest(store, statuses, limit, cursor.accept(secret, scope, position))
    return adjusting.AdjustmentListView(
        items=told(store, page), next_cursor=cursor.issue(secret, scope, last)
    )
