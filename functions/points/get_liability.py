"""GET /v1/admin/reports/liability: what the program owed its members at the end of a day, or now.

To the point for any day: the sums of what was booked until then, with time applied to them as it
is to one account. Today's lacks what was committed in the last seconds.
"""

from datetime import timedelta
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import errors
from mall.http import operation
from mall.points.ledger.entry import minute
from mall.points.reports.liability import liability
from mall.points.reports.sums import accounts, plus
from mall.points.reports.views import LiabilityView, ProgramDate, liability_view, not_later
from mall.store import OpenStore
from mall.store.program import OpenProgram
from mall.store.totals import at_the_end_of, of_days


@operation(refuses=(errors.Busy,))
def get_liability(
    store: OpenStore,
    program: OpenProgram,
    day: Annotated[ProgramDate | None, Query(alias="date")] = None,
) -> LiabilityView:
    """Show the liability."""
    calendar, now = program.calendar, store.now()
    today = calendar.date(now)
    asked = not_later(day or today, today, "date")
    totals, booked, ends_at = at_the_end_of(store, asked, calendar)
    as_of = now if asked == today else ends_at - 1
    if asked == today:  # a zone that was changed to a westerner one has labelled tomorrow already
        ahead = of_days(store, today + timedelta(days=1), today + timedelta(days=2))
        booked = plus(booked, *(accounts(day.sums) for day in ahead.values()))
    held = liability(booked, minute(as_of))
    return liability_view(asked, totals, held, calendar, as_of)
