"""GET /v1/lotteries/{lottery_id}/tickets: the list that is drawn from, or the member's own tickets.

Once the lottery has closed everybody sees every purchase, in the order in which the list is hashed,
so that anyone can recompute its hash: page after page, all lines, bucket by bucket. With
`mine=true` members see their own at any time. The route is open, so that no authorizer has looked
at their token: Cognito is asked about it here.
"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import cursor, errors
from mall.http import Bearer, PathId, Position, operation
from mall.identity import OpenIdentity
from mall.lottery.scheduled import listed
from mall.lottery.ticket_views import PurchaseListView, purchase_list
from mall.secrets import SigningSecret
from mall.store import OpenStore
from mall.store.lottery_lists import find_visible
from mall.store.scheduled_drawing import read_progress
from mall.store.tickets import own_purchases, page_of_list

PageLength = Annotated[int, Query(ge=1, le=1_000)]  # a list may have a million lines


@operation(
    refuses=(
        errors.NotSignedIn, errors.NotFound, errors.LotteryNotClosed, errors.BadCursor,
        errors.RateLimited, errors.Busy,
    ),
)  # fmt: skip
def list_tickets(  # noqa: PLR0913, PLR0917 - what a list can be asked for
    lottery_id: PathId, store: OpenStore, identity: OpenIdentity, secret: SigningSecret,
    token: Bearer, limit: PageLength = 20, position: Position = None,
    mine: Annotated[bool, Query()] = False,
) -> PurchaseListView:  # fmt: skip
    """Show one page."""
    member = identity.member_of(token) if mine else ""
    scope = f"tickets:{lottery_id}:{member}"
    after = cursor.accept(secret, scope, position)
    lottery = find_visible(store, lottery_id)
    progress = read_progress(store, lottery_id)
    if mine:
        found, last = own_purchases(store, lottery, member, limit, after)
    else:
        letters = listed(lottery, progress).letters
        found, last = page_of_list(store, lottery, letters, limit, after)
    return purchase_list(found, progress, cursor.issue(secret, scope, last))
