"""GET /v1/orders: the member's orders, newest first.

Read from the index by member and time, so it may trail a placement by a moment; codes are left to
the order itself.
"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import cursor, errors, keys
from mall.http import Caller, Limit, Position, operation
from mall.orders.items import from_item
from mall.orders.states import Status
from mall.orders.views import OrderListView, detail
from mall.secrets import SigningSecret
from mall.store import OpenStore


@operation(refuses=(errors.BadCursor, errors.Busy))
def list_orders(
    caller: Caller, store: OpenStore, secret: SigningSecret, limit: Limit = 20,
    position: Position = None, status: Annotated[Status | None, Query()] = None,
) -> OrderListView:  # fmt: skip
    """Show one page."""
    scope = f"orders:{caller.id}:{status}"
    page = store.query_page(
        "orders",
        "#gsi1pk = :member",
        {"member": keys.member(caller.id), **({"status": status} if status else {})},
        index=keys.BY_MEMBER,
        newest_first=True,
        only="#status = :status" if status else "",
        limit=limit,
        after=cursor.accept(secret, scope, position),
    )
    return OrderListView(
        items=[detail(from_item(item)) for item in page.items],
        next_cursor=cursor.issue(secret, scope, page.last),
    )
