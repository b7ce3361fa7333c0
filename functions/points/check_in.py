"""POST /v1/points/check-ins: check in today, once, for the points of this day of the streak.

Today is the program's, whatever the member's clock or zone says. Check-in and points commit
together, under one key per day, which decides races and answers a repeated request.
"""

from mall import errors
from mall.http import Caller, operation
from mall.points import check_ins
from mall.store import Commit, OpenStore
from mall.store.ledger import head
from mall.store.program import OpenProgram


@operation(
    status=201,
    refuses=(
        errors.AccountClosed, errors.NotOffered, errors.AlreadyCheckedIn, errors.PointsLimit,
        errors.Busy,
    ),
)  # fmt: skip
def check_in(caller: Caller, store: OpenStore, program: OpenProgram) -> check_ins.CheckInView:
    """Check in."""
    check_ins.offered(program)

    def attempt(_: errors.Stale | None) -> Commit[check_ins.CheckInView]:
        newest = head(store, caller.id)
        at = max(store.now(), newest.at) if newest else store.now()
        _today, before = check_ins.today_and_yesterday(caller.id, at, program.calendar)
        yesterday = store.get("points", before)
        return Commit(*check_ins.check_in(caller.id, newest, yesterday, program, at))

    return store.commit(attempt)
