"""Queue `expiry`: book what has expired for the members of one bucket.

Walks the markers from the last day that was swept up to today, reads each head consistently and
appends an `expire` entry where a lot is gone. The next revision decides races with a spend or with
a second sweep, so each point goes one way. A crash repeats the days not yet noted.
"""

from mall import errors, keys
from mall.clock import utc_day
from mall.points import sweep
from mall.queue import consumer
from mall.store import Commit, Store, open_store
from mall.store.ledger import head
from mall.writes import put


@consumer(sweep.SweepBucket)
def book_expiry(message: sweep.SweepBucket) -> None:
    """Sweep one bucket."""
    store = open_store()
    progress = store.get("points", keys.sweep(message.bucket))
    swept = progress["day"] if progress else None
    now = store.now()
    for day in sweep.days(swept, now):
        partition = {"pk": keys.due_partition(day, message.bucket)}
        for marker in store.query_all("points", "#pk = :pk", partition, consistent=True):
            _book(store, marker["sk"])
        if day < utc_day(now):  # more can expire on a day that is not over
            _note(store, message.bucket, day)


def _note(store: Store, bucket: int, day: str) -> None:
    swept = put("points", {**keys.sweep(bucket), "day": day})
    store.commit(lambda _: Commit([swept], None))


def _book(store: Store, member: str) -> None:
    def attempt(_: errors.Stale | None) -> Commit[None]:
        writes = sweep.book(member, head(store, member), store.now())
        return Commit(writes, None)

    store.commit(attempt)
