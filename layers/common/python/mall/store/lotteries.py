"""Reading lotteries: what a process remembers of them, their shards, and the seed it draws with.

A lottery's terms are remembered for 5 seconds; what of them decides a draw changes only for a later
epoch, announced longer than that before, and closing is held to by every shard. What is remembered
of the shards never grows old, see mall.lottery.shards.
"""

import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from mall import keys
from mall.errors import NotFound
from mall.lottery import fairness
from mall.lottery.items import from_item
from mall.lottery.lottery import Lottery
from mall.lottery.shards import Shard
from mall.seeds import SeedVault, seed_vault
from mall.store import open_store
from mall.store.client import Store

TERMS_AGE_S_MAX = 5.0
_LOTTERIES_MAX = 1_000


def read_lottery(store: Store, lottery_id: str) -> Lottery:
    """A lottery as it is now. Raises NotFound."""
    item = store.get("points", keys.lottery(lottery_id))
    if item is None:
        raise NotFound("There is no such lottery.")
    return from_item(item)


def read_shards(store: Store, lottery: Lottery, *, consistent: bool = True) -> list[Shard]:
    """Every shard of a lottery, in one round trip; none of one that has not opened."""
    places: list[tuple[keys.Table, keys.Key]] = [
        ("points", keys.lottery_shard(lottery.lottery_id, n)) for n in range(lottery.shards)
    ]
    items = store.get_many(places, consistent=consistent)
    return [Shard(n, item) for n, item in enumerate(items) if item]


class Lotteries:
    """What this process remembers of the lotteries that it draws in."""

    def __init__(self, store: Store, vault: Callable[[], SeedVault]) -> None:
        self._store = store
        self._vault = vault
        self._terms: dict[str, tuple[Lottery, float]] = {}
        self._shards: dict[str, Sequence[Shard]] = {}
        self._seeds: dict[str, tuple[int, bytes]] = {}

    def terms(self, lottery_id: str, *, fresh: bool = False) -> Lottery:
        """A lottery, remembered for 5 seconds. Raises NotFound."""
        known, good_until = self._terms.get(lottery_id, (None, 0.0))
        if known and not fresh and time.monotonic() < good_until:
            return known
        asked = time.monotonic()
        read = read_lottery(self._store, lottery_id)
        if len(self._terms) >= _LOTTERIES_MAX:
            self._terms.clear()
            self._shards.clear()
            self._seeds.clear()
        self._terms[lottery_id] = (read, asked + TERMS_AGE_S_MAX)
        return read

    def shards(self, lottery: Lottery, *, fresh: bool = False) -> Sequence[Shard]:
        """The shards as they were last seen; `fresh` after one was not as remembered."""
        if fresh or lottery.lottery_id not in self._shards:
            self._shards[lottery.lottery_id] = read_shards(self._store, lottery)
        return self._shards[lottery.lottery_id]

    def remember(self, lottery_id: str, shards: Sequence[Shard]) -> None:
        """The shards after a draw of this process."""
        self._shards[lottery_id] = shards

    def seed(self, lottery: Lottery, epoch: int) -> bytes:
        """The seed of an epoch, opened once per process and epoch."""
        known, seed = self._seeds.get(lottery.lottery_id, (0, b""))
        if known != epoch:
            seed = open_seed(self._store, self._vault(), lottery, epoch)
            self._seeds[lottery.lottery_id] = (epoch, seed)
        return seed


def open_seed(store: Store, vault: SeedVault, lottery: Lottery, epoch: int) -> bytes:
    """The seed of an epoch from the sealed one. Raises NotFound for a lottery without."""
    item = store.get("points", keys.sealed_seed(lottery.lottery_id))
    if item is None:
        raise NotFound("This lottery has no seed.")
    last = vault.open(lottery.lottery_id, item["sealed"])
    return fairness.before(last, lottery.epochs - epoch)


@cache
def open_lotteries() -> Lotteries:
    """The memory of this process."""
    return Lotteries(open_store(), seed_vault)


OpenLotteries = Annotated[Lotteries, Depends(open_lotteries)]
