"""POST /v1/events: a partner tells of something that a member did, such as a purchase or a refund.

One event id counts once, however often and in whatever order events arrive: its own item is
written in the transaction that moves the points, and every refund meets its purchase there. A
crash before the commit leaves nothing; after it, the repeated event is a duplicate. An event of a
member whom nobody knows yet waits, if the program keeps such: 202 with `waiting`.
"""

from mall import errors, keys
from mall.http import Caller, OptionalIdempotencyKey, operation
from mall.ids import derived_id, request_hash
from mall.points.earning import events
from mall.points.earning.events import EventRequest, EventView
from mall.receipts import receipt, replayed
from mall.store import OpenStore
from mall.store.earning import Told, record
from mall.store.program import OpenPrograms
from mall.store.waiting import resolve_or_keep
from mall.writes import Write


@operation(
    status=202,
    also=(200,),
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.AccountClosed, errors.PointsLimit,
        errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def record_event(
    event: EventRequest, caller: Caller, store: OpenStore, programs: OpenPrograms,
    key: OptionalIdempotencyKey,
) -> EventView:  # fmt: skip
    """Record an event, or answer as before: 200 with `duplicate`, or the replay of a key."""
    receipt_id = derived_id("record_event", caller.id, key) if key else ""
    digest = request_hash("record_event", event)
    if key and (kept := store.get("points", keys.receipt(receipt_id))):
        return replayed(EventView, kept, digest)
    program = programs.current()
    events.check(event, program.settings, store.now())

    def receipts(view: EventView) -> list[Write]:
        return [receipt("points", receipt_id, digest, view.model_dump_json())] if key else []

    try:
        member = resolve_or_keep(store, program, caller.id, event, receipts)
        if isinstance(member, EventView):
            return member
        return record(store, programs, Told(caller.id, member, event), receipts)
    except errors.AlreadyDone as done:
        return replayed(EventView, done.item, digest)
