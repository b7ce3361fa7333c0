"""POST /v1/lotteries/{lottery_id}/tickets: buy tickets of a scheduled lottery.

Cost, purchase, shard and counters commit in one transaction, and only through a shard that is open:
so a purchase is on the list that is drawn from, or was refused and cost nothing. The purchase is
the receipt of its Idempotency-Key.
"""

from mall import errors
from mall.http import Caller, IdempotencyKey, PathId, operation
from mall.ids import request_hash
from mall.lottery import tickets
from mall.lottery.requests import BuyTicketsRequest
from mall.lottery.ticket_views import PurchaseView, purchase_view
from mall.store import OpenStore
from mall.store.lotteries import OpenLotteries
from mall.store.program import OpenProgram
from mall.store.tickets import Buying, read_purchase


@operation(
    status=201,
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.LotteryClosed, errors.LimitReached,
        errors.DailyLimitReached, errors.AccountClosed, errors.InsufficientPoints,
        errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def buy_tickets(
    request: BuyTicketsRequest, lottery_id: PathId, key: IdempotencyKey, caller: Caller,
    store: OpenStore, lotteries: OpenLotteries, program: OpenProgram,
) -> PurchaseView:  # fmt: skip
    """Buy, or answer as before to the same key."""
    own = tickets.purchase_id(lottery_id, caller.id, key)
    digest = request_hash("buy_tickets", request)
    asked = tickets.Draft(lottery_id, own, caller.id, request.quantity, digest)
    try:
        bought = store.commit(Buying(asked, store, lotteries, program).attempt)
        return purchase_view(bought, lottery_id)
    except errors.AlreadyDone as done:
        bought = tickets.same_purchase(asked, tickets.from_item(done.item))
    except errors.Refusal:
        kept = read_purchase(store, lottery_id, own)
        if kept is None:
            raise
        bought = tickets.same_purchase(asked, kept)
    return purchase_view(bought, lottery_id).as_replay()
