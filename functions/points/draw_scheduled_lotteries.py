"""Every minute: close the lotteries whose time is over, and draw the scheduled ones that are due.

It may come late, twice, or several times at once, and be killed anywhere: each lottery goes on from
where it stands, and there is one result. What takes longer than a run is finished by the next.
"""

from collections.abc import Mapping
from random import SystemRandom

from aws_lambda_powertools import Logger
from mall.schedule import job
from mall.seeds import seed_vault
from mall.store import open_store
from mall.store.program import open_programs
from mall.store.scheduled_drawing import Drawings, due_lotteries

_RUN_S = 240
_RANDOM = SystemRandom()

logger = Logger()


@job
def draw_scheduled_lotteries() -> Mapping[str, int]:
    """Go on with every lottery that is due. Raises when one failed, having tried all."""
    store = open_store()
    drawings = Drawings(store, seed_vault(), open_programs(), _RUN_S)
    counts = {"done": 0, "waiting": 0, "failed": 0}
    due = due_lotteries(store)
    for lottery_id in _RANDOM.sample(due, len(due)):  # so that none keeps others waiting for long
        try:
            counts["done" if drawings.go_on(lottery_id) else "waiting"] += 1
        except Exception as error:
            # Its name only: nothing that was at hand may stand in a log.
            logger.error("not drawn", lottery_id=lottery_id, error=type(error).__name__)
            counts["failed"] += 1
    if counts["failed"]:
        raise RuntimeError(f"{counts['failed']} lotteries could not go on")
    return counts
