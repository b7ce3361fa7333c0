"""Queue `notices`: tell the members of one bucket whose points end in 30 or 7 days.

Walks the expiry markers of the days in question, reads each head consistently and writes one notice
per lot and term, which the relay tells the world of. A crash repeats the days not yet noted, and
what was written stays written once.
"""

from contextlib import suppress

from mall import errors, keys
from mall.clock import utc_day
from mall.points.reports.notices import NoticeBucket, due, note, notices
from mall.queue import consumer
from mall.store import Commit, Store, open_store
from mall.store.ledger import head
from mall.writes import Write, put


@consumer(NoticeBucket)
def notify_bucket(message: NoticeBucket) -> None:
    """Tell one bucket."""
    store = open_store()
    now = store.now()
    progress = store.get("points", keys.notices(message.bucket))
    for days, day in due(progress["day"] if progress else None, now):
        partition = {"pk": keys.due_partition(day, message.bucket)}
        for marker in store.query_all("points", "#pk = :pk", partition, consistent=True):
            newest = head(store, marker["sk"])
            for notice in notices(newest, days, day, now) if newest else []:
                with suppress(errors.AlreadyDone):
                    _write(store, note(notice))
    _write(store, put("points", {**keys.notices(message.bucket), "day": utc_day(now)}))


def _write(store: Store, write: Write) -> None:
    def attempt(_: errors.Stale | None) -> Commit[None]:
        return Commit([write], None)

    store.commit(attempt)
