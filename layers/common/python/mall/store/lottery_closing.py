"""Closing a lottery, step by step, each of which may be the last one of this process.

Whoever comes next, or at the same time, goes through the same steps, finds done what was done, and
does the rest: the admin who asks again, or the job that closes lotteries when they are due.
"""

from dataclasses import replace
from itertools import count

from mall.catalog.product import existing
from mall.errors import AlreadyDone, Stale
from mall.lottery import closing, items, shards
from mall.lottery.closing import Left, Return
from mall.lottery.lottery import Lottery
from mall.orders.order import SYSTEM
from mall.store import shelf
from mall.store.client import Commit, Store
from mall.store.lotteries import read_lottery, read_shards


def close(store: Store, lottery_id: str, actor: str = SYSTEM) -> Lottery:
    """Close a lottery, or go on where somebody stopped; one that is closed stays as it is.

    A scheduled one stands at `closing` then, with its shards closed: it has to draw first, and
    whoever did that calls `settle`. Raises NotFound, LotteryClosed for a draft, and Busy.
    """
    lottery = _stop(store, lottery_id)
    if lottery.status != "closing":
        return lottery
    for number in range(lottery.shards):
        _close_shard(store, lottery_id, number)
    if lottery.kind == "scheduled":
        return lottery
    return settle(store, lottery, closing.unwon(lottery, read_shards(store, lottery)), actor)


def settle(store: Store, lottery: Lottery, left: Left, actor: str = SYSTEM) -> Lottery:
    """Return what nobody won to the catalog, each product once, and then call the lottery closed.

    `left` must be final: no shard may be open, and a scheduled lottery has drawn. Raises Busy.
    """
    for back in closing.returns(lottery, left):
        _give_back(store, back, actor)

    def attempt(_: Stale | None) -> Commit[Lottery]:
        before = read_lottery(store, lottery.lottery_id)
        return _changed(before, closing.closed(before, store.now()))

    return store.commit(attempt)


def _stop(store: Store, lottery_id: str) -> Lottery:
    """From here on every function that looks at the lottery afresh takes no draw."""

    def attempt(_: Stale | None) -> Commit[Lottery]:
        before = read_lottery(store, lottery_id)
        return _changed(before, closing.stopped(before))

    return store.commit(attempt)


def _close_shard(store: Store, lottery_id: str, number: int) -> None:
    write = shards.closed(lottery_id, number)
    store.commit(lambda _: Commit([write], None))


def _changed(before: Lottery, after: Lottery) -> Commit[Lottery]:
    if after == before:
        return Commit([], before)
    return Commit([items.changed(before, after)], replace(after, version=before.version + 1))


def _give_back(store: Store, back: Return, actor: str) -> None:
    """Return units once. While a sale keeps the shards busy, each try goes to half as many."""
    tries = count()

    def attempt(_: Stale | None) -> Commit[None]:
        product = existing(shelf.read_product(store, back.product_id))
        held = shelf.read_shards(store, product, back.sku)
        among = product.shards >> next(tries)
        return Commit(closing.give_back(back, product, held, among, actor, store.now()), None)

    try:
        store.commit(attempt)
    except AlreadyDone:
        return
