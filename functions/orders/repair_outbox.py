"""Every 5 minutes: tell again what the stream lost.

Walks the orders by the hour of their last change, from where the last walk ended up to 5 minutes
ago. An order that cannot be told keeps nobody else waiting: it is noted, tried again by each run,
and as long as one is, the job fails and so pages.
"""

from collections.abc import Iterable, Mapping

from aws_lambda_powertools import Logger
from mall.outbox import Outbox, open_outbox
from mall.schedule import job
from mall.store import Store, open_store
from mall.store.untold import (
    NOTED_MAX,
    note_told,
    progress_of,
    still_untold,
    stretches,
    untold_in,
)

logger = Logger()


@job
def repair_outbox() -> Mapping[str, int]:
    """Tell every order whose newest version has been untold for 5 minutes.

    Raises when one could not be told, having told all others.
    """
    store, outbox = open_store(), open_outbox()
    progress = progress_of(store)
    told, failed = _tell(store, outbox, progress.untellable)
    if failed != progress.untellable:
        note_told(store, progress.clean_until, failed)
    for stretch in stretches(store, progress.clean_until):
        more, refused = _tell(store, outbox, untold_in(store, stretch))
        told, failed = told + more, failed | refused
        if len(failed) <= NOTED_MAX:
            note_told(store, stretch.until, failed)
    if failed:
        raise RuntimeError(f"{len(failed)} orders could not be told")
    return {"told": told}


def _tell(store: Store, outbox: Outbox, order_ids: Iterable[str]) -> tuple[int, set[str]]:
    """How many were told, and which could not be."""
    told, failed = 0, set()
    for order_id in order_ids:
        try:
            if order := still_untold(store, order_id):
                outbox.tell(store, order)
                told += 1
        except Exception:
            logger.exception("not told", order=order_id)
            failed.add(order_id)
    return told, failed
