"""GET /v1/points/statement: the member's entries between two days, as a CSV or JSON file.

Both days are the program's and included; everything by default. Up to 1,000 entries are the answer
itself; a longer statement is written to a file, and the answer (303) leads to a link that is good
for 15 minutes.
"""

from datetime import timedelta
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import errors
from mall.exports import OpenExports
from mall.http import Caller, operation
from mall.ids import new_id
from mall.points.reports.statement import INLINE_MAX, MEDIA_TYPES, Format, file_of
from mall.points.reports.views import ProgramDate, any_period
from mall.store import OpenStore
from mall.store.program import OpenProgram
from mall.store.statements import noted, revisions


@operation(also=(303,), refuses=(errors.Busy,))
def get_statement(
    caller: Caller, store: OpenStore, program: OpenProgram, exports: OpenExports,
    file_format: Annotated[Format, Query(alias="format")] = "csv",
    first: Annotated[ProgramDate | None, Query(alias="from")] = None,
    last: Annotated[ProgramDate | None, Query(alias="until")] = None,
) -> Response[str]:  # fmt: skip
    """Give the file, or where it is."""
    calendar = program.calendar
    first, last = any_period(first, last, calendar.date(store.now()))
    ends = calendar.start(last + timedelta(days=1))
    wanted = revisions(store, caller.id, calendar.start(first), ends)
    pieces = file_of(file_format, first, last, noted(store, caller.id, wanted))
    media_type, name = MEDIA_TYPES[file_format], f"points-{first}-{last}.{file_format}"
    if len(wanted) <= INLINE_MAX:
        attached = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(200, content_type=media_type, body="".join(pieces), headers=attached)
    key = f"statements/{new_id()}.{file_format}"
    exports.write(key, media_type, pieces)
    there = {"Location": exports.link(key, name)}
    return Response(303, content_type="text/plain", body="", headers=there)
