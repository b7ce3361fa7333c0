"""GET /v1/lotteries/{lottery_id}: a lottery with its odds, what is left, and its commitment.

A draft is as unknown as a lottery that never was. What was read is remembered for two seconds, and
may be kept for five more by others.
"""

from mall import errors
from mall.http import PathId, operation
from mall.lottery.showing import LotteryView, public
from mall.store import OpenStore
from mall.store.lotteries import read_shards
from mall.store.lottery_lists import find_visible
from mall.store.window import PUBLIC_AGE_S_MAX, OpenWindow


@operation(refuses=(errors.NotFound, errors.Busy), public_s=PUBLIC_AGE_S_MAX)
def get_lottery(lottery_id: PathId, store: OpenStore, window: OpenWindow) -> LotteryView:
    """Show one lottery."""

    def read() -> LotteryView:
        lottery = find_visible(store, lottery_id)
        return public(lottery, read_shards(store, lottery, consistent=False), store.now())

    return window.lotteries.get(lottery_id, read)
