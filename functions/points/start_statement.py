"""POST /v1/admin/statements: begin a file with every entry of the program between two days.

The statement's own item is its receipt, and its record in the stream is what sets the work going:
a statement that was accepted is written, whatever dies. Entries of today that are made meanwhile
may or may not be in it.
"""

from mall import errors
from mall.http import Caller, IdempotencyKey, operation
from mall.ids import request_hash
from mall.points.reports import export
from mall.points.reports.views import not_later
from mall.receipts import same_request
from mall.store import Commit, OpenStore
from mall.store.program import OpenProgram


@operation(
    status=202,
    refuses=(errors.IdempotencyKeyRequired, errors.IdempotencyKeyReused, errors.Busy),
)
def start_statement(
    request: export.StatementRequest, key: IdempotencyKey, caller: Caller, store: OpenStore,
    program: OpenProgram,
) -> export.StatementView:  # fmt: skip
    """Begin a statement, or answer as before to the same key."""
    now = store.now()
    not_later(request.last, program.calendar.date(now), "until")
    digest = request_hash("start_statement", request)
    begun = export.begin(request, export.statement_id(caller.id, key), now)

    def attempt(_: errors.Stale | None) -> Commit[export.StatementView]:
        return Commit([export.opened(begun, digest)], export.view(begun, now))

    try:
        return store.commit(attempt)
    except errors.AlreadyDone as done:
        same_request(done.item, digest)
        return export.view(begun, now).as_replay()
