"""POST /v1/admin/lotteries/{lottery_id}/beacon: enter the public value that a lottery waits for.

It is taken once the hash of the list of tickets is published, not before, and never changed: so
the value can be one that nobody knew when the list was final. The lottery draws after it.
"""

from mall import errors
from mall.http import Caller, PathId, operation
from mall.lottery import scheduled
from mall.lottery.requests import BeaconRequest
from mall.lottery.ticket_views import BeaconView, beacon_view
from mall.store import Commit, OpenStore
from mall.store.lotteries import read_lottery
from mall.store.scheduled_drawing import read_progress


@operation(refuses=(errors.NotFound, errors.LotteryFixed, errors.LotteryNotClosed, errors.Busy))
def set_beacon(
    request: BeaconRequest, lottery_id: PathId, caller: Caller, store: OpenStore
) -> BeaconView:
    """Enter the value; one that was entered before is answered as it is."""

    def attempt(_: errors.Stale | None) -> Commit[BeaconView]:
        lottery = read_lottery(store, lottery_id)
        before = read_progress(store, lottery_id)
        after = scheduled.with_beacon(lottery, before, request.value, store.now())
        writes = [] if after == before else [scheduled.saved(after)]
        return Commit(writes, beacon_view(lottery, after))

    return store.commit(attempt)
