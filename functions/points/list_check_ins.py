"""GET /v1/points/check-ins: the days of a month on which the member checked in, and the streak."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import errors, keys
from mall.http import Caller, operation
from mall.points import check_ins
from mall.store import OpenStore
from mall.store.ledger import CHAIN
from mall.store.program import OpenProgram

Month = Annotated[str | None, Query(pattern=r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])$")]


@operation(refuses=(errors.Busy,))
def list_check_ins(
    caller: Caller, store: OpenStore, program: OpenProgram, month: Month = None
) -> check_ins.CheckInMonthView:
    """Show a month: the one asked for as `2026-11`, or the program's current one."""
    now = store.now()
    asked = month or program.calendar.date(now).strftime("%Y-%m")
    prefix = keys.CHECK_IN_PREFIX + asked.replace("-", "")
    values = {"pk": keys.member(caller.id), "prefix": prefix}
    days = list(store.query_all("points", CHAIN, values))
    latest = check_ins.today_and_yesterday(caller.id, now, program.calendar)
    held = store.get_many([("points", key) for key in latest])
    return check_ins.month_view(asked, days, held, program)
