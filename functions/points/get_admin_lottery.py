"""GET /v1/admin/lotteries/{lottery_id}: a lottery with all its terms, drafts too."""

from mall import errors
from mall.http import PathId, operation
from mall.lottery.admin_views import AdminLotteryView, for_admins
from mall.store import OpenStore
from mall.store.lotteries import read_lottery


@operation(refuses=(errors.NotFound, errors.Busy))
def get_admin_lottery(lottery_id: PathId, store: OpenStore) -> AdminLotteryView:
    """Show one lottery."""
    return for_admins(read_lottery(store, lottery_id))
