"""PUT /v1/admin/lotteries/{lottery_id}: a draft anew, or another table for an open instant lottery.

Of an open lottery everything must be repeated as it is but `prizes`, `pity` and `when_gone`. Those
become the next version of its table, in force from the start of the next epoch that is a minute
away, with the units of its prizes set aside in the same transaction. The newest table once more
changes nothing, so a retry is harmless.
"""

from mall import errors
from mall.http import Caller, PathId, operation
from mall.lottery.admin_views import AdminLotteryView, for_admins
from mall.lottery.requests import LotteryRequest
from mall.store import OpenStore
from mall.store import lottery_changes as stored


@operation(
    refuses=(errors.NotFound, errors.LotteryFixed, errors.InsufficientStock, errors.Busy),
)
def change_lottery(
    request: LotteryRequest, lottery_id: PathId, caller: Caller, store: OpenStore
) -> AdminLotteryView:
    """Change a lottery."""
    return for_admins(stored.change_lottery(store, lottery_id, request, caller.id))
