"""Seeds on their way out: which lotteries still keep one, and the steps in which it is revealed.

First every shard is told that the epoch is over, then the seed is made known: no draw can come
after. It may die between any two lines and run again, and several may run at once.
"""

from mall import keys
from mall.errors import Stale
from mall.lottery import revealing
from mall.lottery.lottery import Lottery
from mall.seeds import SeedVault
from mall.store.client import Commit, Store
from mall.store.lotteries import open_seed, read_lottery
from mall.store.lottery_lists import read_revealed


def keeping(store: Store) -> list[str]:
    """The lotteries of which some seed is not known yet."""
    sealed = {"pk": keys.SEALED_SEEDS}
    found = store.query_all("points", "#gsi1pk = :pk", sealed, index=keys.BY_TIME)
    return [item["gsi1sk"] for item in found]


def reveal(store: Store, vault: SeedVault, lottery_id: str) -> int:
    """Make known what may be by now. Returns the newest epoch that this has revealed, or 0.

    Raises WrongSeed and Busy.
    """
    lottery = read_lottery(store, lottery_id)
    epoch = revealing.revealable(lottery, store.now())
    if epoch <= read_revealed(store, lottery_id).epoch:
        return 0
    for number in range(lottery.shards):
        _end(store, lottery, number, epoch)
    seed = open_seed(store, vault, lottery, epoch)

    def attempt(_: Stale | None) -> Commit[int]:
        known = read_revealed(store, lottery_id)
        writes = revealing.made_known(lottery, known, epoch, seed)
        return Commit(writes, epoch if writes else 0)

    return store.commit(attempt)


def _end(store: Store, lottery: Lottery, number: int, epoch: int) -> None:
    def attempt(_: Stale | None) -> Commit[None]:
        shard = store.get("points", keys.lottery_shard(lottery.lottery_id, number))
        return Commit(revealing.ended(lottery.lottery_id, number, shard, epoch), None)

    store.commit(attempt)
