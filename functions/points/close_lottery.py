"""POST /v1/admin/lotteries/{lottery_id}/close: close a lottery before its time.

It goes by steps, each harmless when repeated: nothing is drawn any more, each shard closes, units
that nobody won go back to the catalog's stock, once. After a death half-way the next call, or the
job that closes lotteries when they are due, does the rest. A scheduled lottery sells no more
tickets and draws at the time that it announced; until then it is `closing`.
"""

from mall import errors
from mall.http import Caller, PathId, operation
from mall.lottery.admin_views import AdminLotteryView, for_admins
from mall.store import OpenStore
from mall.store.lottery_closing import close


@operation(refuses=(errors.NotFound, errors.LotteryClosed, errors.Busy))
def close_lottery(lottery_id: PathId, caller: Caller, store: OpenStore) -> AdminLotteryView:
    """Close a lottery; one that is closed is answered as it is."""
    return for_admins(close(store, lottery_id, actor=caller.id))
