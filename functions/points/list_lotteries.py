"""GET /v1/lotteries: every lottery that has been opened, newest first, with odds and what is left.

What was read is remembered for two seconds, and may be kept for five more by others.
"""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import cursor, errors
from mall.http import Limit, Position, operation
from mall.lottery.showing import LotteryListView, public
from mall.secrets import SigningSecret
from mall.store import OpenStore
from mall.store.lottery_lists import SHOWN, page_of_lotteries, shards_seen
from mall.store.window import PUBLIC_AGE_S_MAX, OpenWindow


@operation(refuses=(errors.BadCursor, errors.Busy), public_s=PUBLIC_AGE_S_MAX)
def list_lotteries(
    store: OpenStore, window: OpenWindow, secret: SigningSecret, limit: Limit = 20,
    position: Position = None,
    status: Annotated[Literal["open", "closing", "drawing", "closed"] | None, Query()] = None,
) -> LotteryListView:  # fmt: skip
    """Show one page."""
    scope = f"lotteries:{status}"
    after = cursor.accept(secret, scope, position)

    def read() -> LotteryListView:
        now = store.now()
        found, last = page_of_lotteries(store, [status] if status else SHOWN, limit, after)
        pairs = zip(found, shards_seen(store, found), strict=True)
        return LotteryListView(
            items=[public(lottery, shards, now) for lottery, shards in pairs],
            next_cursor=cursor.issue(secret, scope, last),
        )

    return window.lottery_pages.get((status, limit, position), read)
