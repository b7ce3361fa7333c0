"""Every 5 minutes: tell again what the stream lost.

Walks the orders by the hour of their last change, from where all was told up to 5 minutes ago. An
order that cannot be told keeps nobody else waiting, and the walk begins at its hour next time.
"""

from collections.abc import Mapping

from aws_lambda_powertools import Logger
from mall.outbox import open_outbox
from mall.schedule import job
from mall.store import open_store
from mall.store.untold import note_told, still_untold, stretches, untold_in

logger = Logger()


@job
def repair_outbox() -> Mapping[str, int]:
    """Tell every order whose newest version has been untold for 5 minutes.

    Raises when one could not be told, having told all others.
    """
    store, outbox = open_store(), open_outbox()
    told, failed = 0, 0
    for stretch in stretches(store):
        for key in untold_in(store, stretch):
            try:
                if order := still_untold(store, key):
                    outbox.tell(store, order)
                    told += 1
            except Exception:
                logger.exception("not told", order=key["pk"])
                failed += 1
        if not failed:
            note_told(store, stretch)
    if failed:
        raise RuntimeError(f"{failed} orders could not be told")
    return {"told": told}
