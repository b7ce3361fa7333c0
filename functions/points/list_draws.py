"""GET /v1/lotteries/{lottery_id}/draws: the draws, for everybody or the member's own.

Everybody sees the draws of epochs whose seeds are revealed, and all of them once the lottery has
closed: the closing list, from which each outcome and each substitute can be checked. With
`mine=true` members see their own at any time. The route is open, so that no authorizer has looked
at their token: Cognito is asked about it here.
"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import cursor, errors
from mall.http import Bearer, Limit, PathId, Position, operation
from mall.identity import OpenIdentity
from mall.lottery.draw_views import DrawListView, draws_shown
from mall.secrets import SigningSecret
from mall.store import OpenStore
from mall.store.lottery_lists import find_visible, own_draws, public_draws, read_revealed


@operation(
    refuses=(
        errors.NotSignedIn, errors.NotFound, errors.BadCursor, errors.RateLimited, errors.Busy,
    ),
)  # fmt: skip
def list_draws(  # noqa: PLR0913, PLR0917 - what a list can be asked for
    lottery_id: PathId, store: OpenStore, identity: OpenIdentity, secret: SigningSecret,
    token: Bearer, limit: Limit = 20, position: Position = None,
    mine: Annotated[bool, Query()] = False,
) -> DrawListView:  # fmt: skip
    """Show one page."""
    member = identity.member_of(token) if mine else ""
    scope = f"draws:{lottery_id}:{member}"
    after = cursor.accept(secret, scope, position)
    lottery = find_visible(store, lottery_id)
    closed = lottery.status == "closed"
    if mine:
        found, last = own_draws(store, lottery_id, member, limit, after)
    else:
        until = None if closed else read_revealed(store, lottery_id).epoch
        found, last = public_draws(store, lottery_id, limit, after, until_epoch=until)
    following = cursor.issue(secret, scope, last)
    return draws_shown(found, lottery, following, mine=mine, final=closed)
