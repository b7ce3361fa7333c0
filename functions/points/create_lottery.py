"""POST /v1/admin/lotteries: a new lottery, as a draft that nobody sees yet.

Its id derives from the caller and the Idempotency-Key, and the receipt keeps the answer: a retry
makes no second lottery.
"""

from mall import errors
from mall.http import Caller, IdempotencyKey, operation
from mall.ids import derived_id, request_hash
from mall.lottery import items
from mall.lottery.admin_views import AdminLotteryView, for_admins
from mall.lottery.administration import draft
from mall.lottery.checking import check
from mall.lottery.requests import LotteryRequest
from mall.store import Commit, OpenStore
from mall.store.lottery_goods import find_products
from mall.store.once import once


@operation(
    status=201,
    refuses=(errors.IdempotencyKeyRequired, errors.IdempotencyKeyReused, errors.Busy),
)
def create_lottery(
    request: LotteryRequest, key: IdempotencyKey, caller: Caller, store: OpenStore
) -> AdminLotteryView:
    """Create a lottery, or answer as before to the same key."""
    lottery_id = derived_id("create_lottery", caller.id, key)

    def decide(_: errors.Stale | None) -> Commit[AdminLotteryView]:
        now = store.now()
        lottery = draft(lottery_id, request, now)
        check(request, lottery, find_products(store, lottery.tables[-1]), now)
        return Commit([items.created(lottery)], for_admins(lottery))

    digest = request_hash("create_lottery", request)
    return once(store, AdminLotteryView, lottery_id, digest, decide, table="points")
