"""POST /v1/admin/lotteries/{lottery_id}/open: publish a draft, with the commitment to its seeds.

The last seed of the chain is made here and sealed; what it leads to is published with the lottery.
Units of product prizes leave the catalog's stock in the same transaction that makes the shards, so
a lottery is open with everything that can be won in it, or a draft. One that is open already is
answered as it is.
"""

from secrets import token_bytes

from mall import errors, keys
from mall.http import Caller, PathId, operation
from mall.lottery import opening
from mall.lottery.admin_views import AdminLotteryView, for_admins
from mall.lottery.fairness import SEED_BYTES
from mall.seeds import OpenSeeds
from mall.store import Commit, OpenStore
from mall.store.lotteries import read_lottery
from mall.store.lottery_goods import RANDOM, find_products, find_units


@operation(
    refuses=(
        errors.NotFound, errors.LotteryFixed, errors.InsufficientStock, errors.Invalid, errors.Busy,
    ),
)  # fmt: skip
def open_lottery(
    lottery_id: PathId, caller: Caller, store: OpenStore, seeds: OpenSeeds
) -> AdminLotteryView:
    """Open a lottery."""
    last = token_bytes(SEED_BYTES)
    sealed = seeds.seal(lottery_id, last)

    def attempt(_: errors.Stale | None) -> Commit[AdminLotteryView]:
        lottery = read_lottery(store, lottery_id)
        if lottery.status == "open":
            return Commit([], for_admins(lottery))
        place = {**keys.sealed_seed(lottery_id), **keys.kept_sealed(lottery_id)}
        seed = {**place, "sealed": sealed}
        products = find_products(store, lottery.tables[-1])
        opening.openable(lottery, products, store.now())
        found = find_units(store, lottery.tables[-1], products)
        anchor = opening.anchor_of(last, lottery)
        writes, opened = opening.open_lottery(
            lottery, found, seed, anchor, caller.id, store.now(), RANDOM
        )
        return Commit(writes, for_admins(opened))

    return store.commit(attempt)
