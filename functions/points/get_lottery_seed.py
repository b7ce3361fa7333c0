"""GET /v1/lotteries/{lottery_id}/seed: every epoch with its state, and the seeds that are revealed.

A seed is known 15 minutes after its epoch. Then SHA-256 of it is the seed of the epoch before, or
what was published when the lottery opened: nobody need believe it.
"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import errors
from mall.http import PathId, operation
from mall.lottery.showing import SeedView, seeds_shown
from mall.store import OpenStore
from mall.store.lottery_lists import find_visible, read_revealed


@operation(refuses=(errors.NotFound, errors.SeedSealed, errors.Busy))
def get_lottery_seed(
    lottery_id: PathId, store: OpenStore,
    epoch: Annotated[int | None, Query(ge=1, le=1_000)] = None,
) -> SeedView:  # fmt: skip
    """Show all epochs, or one whose seed is known."""
    lottery = find_visible(store, lottery_id)
    return seeds_shown(lottery, read_revealed(store, lottery_id), store.now(), epoch)
