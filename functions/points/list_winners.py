"""GET /v1/lotteries/{lottery_id}/winners: who won in a scheduled lottery, by rank.

The list is empty until the lottery has drawn. With the hash of the list, the beacon's value and the
seed, which is revealed 15 minutes after, anyone can compute every score again.
"""

from mall import cursor, errors
from mall.http import Limit, PathId, Position, operation
from mall.lottery.ticket_views import WinnerListView, winner_list
from mall.secrets import SigningSecret
from mall.store import OpenStore
from mall.store.lottery_lists import find_visible
from mall.store.scheduled_drawing import page_of_winners, read_progress


@operation(refuses=(errors.NotFound, errors.BadCursor, errors.Busy))
def list_winners(
    lottery_id: PathId, store: OpenStore, secret: SigningSecret, limit: Limit = 20,
    position: Position = None,
) -> WinnerListView:  # fmt: skip
    """Show one page."""
    scope = f"winners:{lottery_id}"
    lottery = find_visible(store, lottery_id)
    page = page_of_winners(store, lottery_id, limit, cursor.accept(secret, scope, position))
    progress = read_progress(store, lottery_id)
    return winner_list(lottery, progress, page.items, cursor.issue(secret, scope, page.last))
