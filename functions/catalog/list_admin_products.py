"""GET /v1/admin/products: all products, the newest first; of one status with `?status=`.

Read from the index by status and time, so it may trail a change by a moment.
"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import cursor, errors, keys
from mall.catalog.administration import AdminProductListView, in_short
from mall.catalog.items import from_item
from mall.catalog.product import STATUSES, Status
from mall.http import Caller, Limit, Position, operation
from mall.secrets import SigningSecret
from mall.store import OpenStore
from mall.store.newest import newest


@operation(refuses=(errors.BadCursor, errors.Busy))
def list_admin_products(
    caller: Caller, store: OpenStore, secret: SigningSecret, limit: Limit = 20,
    position: Position = None, status: Annotated[Status | None, Query()] = None,
) -> AdminProductListView:  # fmt: skip
    """Show one page."""
    scope = f"admin_products:{caller.id}:{status}"
    partitions = [keys.products(each) for each in ((status,) if status else STATUSES)]
    page = newest(store, "catalog", partitions, limit, cursor.accept(secret, scope, position))
    return AdminProductListView(
        items=[in_short(from_item(item)) for item in page.items],
        next_cursor=cursor.issue(secret, scope, page.last),
    )
