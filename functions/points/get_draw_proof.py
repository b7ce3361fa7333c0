"""GET /v1/lotteries/{lottery_id}/draws/{draw_id}/proof: what a draw follows from.

Whoever knows the id of a draw may see it: a member shares it, or it stands in the public list.
The seed is among it once it is revealed.
"""

from mall import errors
from mall.http import PathId, operation
from mall.lottery.draw_views import PublicProofView, public_proof
from mall.store import OpenStore
from mall.store.draws import read_draw
from mall.store.lottery_lists import find_visible, read_revealed


@operation(refuses=(errors.NotFound, errors.Busy))
def get_draw_proof(lottery_id: PathId, draw_id: PathId, store: OpenStore) -> PublicProofView:
    """Show the proof of one draw."""
    lottery, draw = find_visible(store, lottery_id), read_draw(store, lottery_id, draw_id)
    if draw is None:
        raise errors.NotFound("There is no such draw.")
    return public_proof(draw, lottery, read_revealed(store, lottery_id))
