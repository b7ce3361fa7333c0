"""Settling a line: up to ten redemptions read, decided and written together.

The newest entries are read side by side, a query each: their keys are not known beforehand, so
nothing reads ten of them at once. What else there is to look at (orders, limits, every shard) is
one round trip, taken only once something was refused.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from random import SystemRandom

from mall import keys
from mall.catalog.product import Product
from mall.errors import AlreadyDone, Stale
from mall.orders.batching import Known, Looked, Settled, limit_of, settle
from mall.orders.items import opened, waits
from mall.orders.queueing import RedeemQueued, SentTo, rejected
from mall.points.ledger.entry import Entry
from mall.points.program import Program
from mall.store.client import Commit, Store
from mall.store.ledger import head
from mall.store.program import Programs
from mall.store.shelf import Shelf, held, shard_keys
from mall.writes import Item

_READERS = 10  # a FIFO batch has no more messages
_RANDOM = SystemRandom()


class Till:
    """Where a line ends: it settles redemptions through what this process has open."""

    def __init__(self, store: Store, shelf: Shelf, programs: Programs) -> None:
        self._store = store
        self._shelf = shelf
        self._programs = programs

    def settle(self, line: Sequence[RedeemQueued]) -> None:
        """Decide redemptions of one SKU in their order; those that were decided stay as they are.

        Raises Busy when rivals keep winning or AWS does not answer: some may be settled then.
        """
        while line:
            settled = self._settle_some(line)
            line = line[settled.count :]

    def _settle_some(self, line: Sequence[RedeemQueued]) -> Settled:
        heads: dict[str, Entry | None] = {}
        addresses = self._addresses(line)

        def attempt(last: Stale | None) -> Commit[Settled]:
            nonlocal heads
            product = self._shelf.product(line[0].product_id, fresh=last is not None)
            program = self._programs.current()
            if last is None or last.rival:  # else a shard or an order was in the way
                heads = self._heads(line)
            looked = self._look(line, product, program) if last else None
            known = Known(product, heads, program, self._store.now(), addresses, looked)
            settled = settle(line, known, _RANDOM)
            return Commit(settled.writes, settled)

        return self._store.commit(attempt)

    def _heads(self, line: Sequence[RedeemQueued]) -> dict[str, Entry | None]:
        members = list(dict.fromkeys(asked.member for asked in line))
        if len(members) == 1:
            return {members[0]: head(self._store, members[0])}
        with ThreadPoolExecutor(_READERS) as readers:
            heads = readers.map(lambda member: head(self._store, member), members)
            return dict(zip(members, heads, strict=True))

    def _addresses(self, line: Sequence[RedeemQueued]) -> dict[SentTo, Item]:
        """Where goods are sent; an address that is gone by now is left out."""
        wanted: dict[SentTo, tuple[keys.Table, keys.Key]] = {
            place: ("users", keys.address(*place)) for asked in line if (place := asked.sent_to)
        }
        found = zip(wanted, self._store.get_many(list(wanted.values())), strict=True)
        return {place: address for place, address in found if address}

    def _look(
        self, line: Sequence[RedeemQueued], product: Product | None, program: Program
    ) -> Looked:
        """Everything that the line could be refused for, in one consistent read."""
        orders = {asked.key: keys.order(asked.order_id) for asked in line}
        counted = [limit_of(asked, product, program) for asked in line if product]
        limits = {
            (member, period): keys.limit(member, line[0].product_id, period)
            for member, period in filter(None, counted)
        }
        wanted: list[tuple[keys.Table, keys.Key]] = [("orders", key) for key in orders.values()]
        wanted += [("catalog", key) for key in limits.values()]
        wanted += shard_keys(product, line[0].sku) if product else []
        found = self._store.get_many(wanted)
        counters = found[len(orders) :]
        return Looked(
            frozenset(
                key for key, order in zip(orders, found, strict=False) if order and not waits(order)
            ),
            {
                place: counter["units"] if counter else 0
                for place, counter in zip(limits, counters, strict=False)
            },
            held(counters[len(limits) :]),
        )


def reject_failed(store: Store, asked: RedeemQueued) -> bool:
    """Write a redemption as rejected, because it failed. False for one that is decided.

    Raises Busy.
    """

    def attempt(_: Stale | None) -> Commit[None]:
        return Commit([opened(rejected(asked, store.now(), "failed"))], None)

    try:
        store.commit(attempt)
    except AlreadyDone:
        return False
    return True
