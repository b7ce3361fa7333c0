"""POST /v1/lotteries/{lottery_id}/draws: draw once in an instant lottery.

Cost, prize, record, counter and shard commit in one transaction: the record is the receipt of its
Idempotency-Key, so a retry gets the same outcome and pays nothing more. If the function dies
before the commit nothing happened, and the next draw with the same client seed comes to the same;
after it, the retry finds the record.
"""

from mall import errors
from mall.http import Caller, IdempotencyKey, PathId, operation
from mall.ids import request_hash
from mall.lottery import drawing
from mall.lottery.draw_views import DrawView, draw_view
from mall.lottery.draws import draw_id, from_item
from mall.lottery.requests import DrawRequest
from mall.store import OpenStore
from mall.store.draws import Drawing, read_draw
from mall.store.lotteries import OpenLotteries
from mall.store.program import OpenProgram


@operation(
    status=201,
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.LotteryClosed, errors.LimitReached,
        errors.DailyLimitReached, errors.AccountClosed, errors.InsufficientPoints,
        errors.PointsLimit, errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def draw_lottery(
    request: DrawRequest, lottery_id: PathId, key: IdempotencyKey, caller: Caller,
    store: OpenStore, lotteries: OpenLotteries, program: OpenProgram,
) -> DrawView:  # fmt: skip
    """Draw, or answer as before to the same key."""
    own = draw_id(lottery_id, caller.id, key)
    seed = request.client_seed or caller.id
    digest = request_hash("draw_lottery", request)
    asked = drawing.Draft(lottery_id, own, caller.id, seed, digest)
    try:
        made = Drawing(asked, store, lotteries, program).commit()
        return draw_view(made, lotteries.terms(lottery_id))
    except errors.AlreadyDone as done:
        made = drawing.same_draw(asked, from_item(done.item))
    except errors.Refusal:
        kept = read_draw(store, lottery_id, own)
        if kept is None:
            raise
        made = drawing.same_draw(asked, kept)
    return draw_view(made, lotteries.terms(lottery_id)).as_replay()
