"""GET /v1/admin/reports/daily: entries and points by kind, for each program day of a period.

Both ends are included. Every entry is in exactly one day, so the lines add up to the program.
"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import errors
from mall.http import operation
from mall.points.reports.sums import plus
from mall.points.reports.views import DailyTotalsView, ProgramDate, daily_view, kinds_view, period
from mall.store import OpenStore
from mall.store.program import OpenProgram
from mall.store.totals import of_days


@operation(refuses=(errors.Busy,))
def list_daily_totals(
    store: OpenStore,
    program: OpenProgram,
    first: Annotated[ProgramDate | None, Query(alias="from")] = None,
    last: Annotated[ProgramDate | None, Query(alias="until")] = None,
) -> DailyTotalsView:
    """Show the totals of a period."""
    first, last = period(first, last, program.calendar.date(store.now()))
    found = list(of_days(store, first, last).values())
    return DailyTotalsView(
        items=[daily_view(day) for day in found if day.sums],
        kinds=kinds_view(plus(*(day.sums for day in found))),
    )
