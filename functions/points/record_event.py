"""POST /v1/events: a partner tells of a purchase, or of its refund.

One event id grants once, however often and in whatever order events arrive: the purchase's own
item is written in the transaction that moves the points, and every refund meets it there. A crash
before the commit leaves nothing; after it, the repeated event is a duplicate.
"""

from mall import errors, keys
from mall.http import Caller, OptionalIdempotencyKey, operation
from mall.ids import derived_id, request_hash
from mall.points import earning
from mall.points.ledger.entry import Entry
from mall.points.program import PROGRAM
from mall.points.views import EventRequest, EventView
from mall.receipts import receipt, replayed
from mall.store import Commit, OpenStore
from mall.store.ledger import entries, head
from mall.store.members import resolve


@operation(
    status=202,
    also=(200,),
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.AccountClosed, errors.PointsLimit,
        errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def record_event(
    event: EventRequest, caller: Caller, store: OpenStore, key: OptionalIdempotencyKey
) -> EventView:
    """Record an event, or answer as before: 200 with `duplicate`, or the replay of a key."""
    receipt_id = derived_id("record_event", caller.id, key) if key else ""
    digest = request_hash("record_event", event)
    if key and (kept := store.get("points", keys.receipt(receipt_id))):
        return replayed(EventView, kept, digest)
    earning.check_time(event, PROGRAM, store.now())
    member = resolve(store, event.member)
    about = earning.purchase_id(event)

    def attempt(_: errors.Stale | None) -> Commit[EventView]:
        item = store.get("points", keys.purchase(caller.id, about))
        known = earning.from_item(caller.id, about, member, item)
        if repeated := earning.duplicate(known, event):
            return Commit([], repeated.with_status(200))
        newest = head(store, member)
        now = max(store.now(), newest.at) if newest else store.now()
        history: tuple[Entry, ...] = ()
        if known.revision and earning.lot_is_gone(known, PROGRAM, now):
            history = tuple(entries(store, member, known.revision))
        writes, view = earning.record(known, event, newest, history, PROGRAM, now)
        own = [receipt("points", receipt_id, digest, view.model_dump_json())] if key else []
        return Commit([*own, *writes], view)

    try:
        return store.commit(attempt)
    except errors.AlreadyDone as done:
        return replayed(EventView, done.item, digest)
