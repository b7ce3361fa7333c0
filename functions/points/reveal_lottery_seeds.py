"""Every 5 minutes: reveal the seeds of epochs that ended 15 minutes ago, so that all can check.

It may come late, twice or several times at once, and never reveals early: what may be known follows
from the lottery's own times, and the shards are told first, so that no draw can come after.
"""

from collections.abc import Mapping

from aws_lambda_powertools import Logger
from mall.schedule import job
from mall.seeds import seed_vault
from mall.store import open_store
from mall.store.lottery_seeds import keeping, reveal

logger = Logger()


@job
def reveal_lottery_seeds() -> Mapping[str, int]:
    """Reveal what may be known of every lottery. Raises when one failed, having tried all."""
    store, vault = open_store(), seed_vault()
    counts = {"lotteries": 0, "revealed": 0, "failed": 0}
    for lottery_id in keeping(store):
        counts["lotteries"] += 1
        try:
            counts["revealed"] += bool(reveal(store, vault, lottery_id))
        except Exception as error:
            # Its name only: nothing that was at hand may stand in a log.
            logger.error("not revealed", lottery_id=lottery_id, error=type(error).__name__)
            counts["failed"] += 1
    if counts["failed"]:
        raise RuntimeError(f"the seeds of {counts['failed']} lotteries could not be revealed")
    return counts
