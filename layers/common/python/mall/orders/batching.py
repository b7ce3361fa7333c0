"""Deciding redemptions of one line together: one transaction for up to ten of them.

What one after another would have come to, in that order: later ones see what earlier ones took,
of the stock, of a purse, of a limit. One update takes the units of a shard, however many
redemptions they serve; two of one member become consecutive entries of one posting. Whoever cannot
be served is written as `rejected`, with the reason, beside those who are.

At first nothing is looked at but the members' newest entries. When that comes to a refusal, or the
transaction to one, everything is looked at, and decided again: nobody is turned down unseen.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from random import Random

from mall.catalog import limits, stock
from mall.catalog.product import SENT, Price, Product, existing, sku_of
from mall.catalog.selling import sellable
from mall.clock import Millis
from mall.errors import AddressRequired, LimitReached, Refusal, Stale
from mall.orders.items import opened
from mall.orders.order import SYSTEM, Order
from mall.orders.queueing import RedeemQueued, SentTo, queued, rejected
from mall.points import ledger
from mall.points.ledger.entry import Entry, Source
from mall.points.ledger.posting import Posting
from mall.points.ledger.writes import append
from mall.points.program import Program
from mall.users import addresses
from mall.writes import Item, Write

WRITES_MAX = 100  # of one transaction
Counted = tuple[str, str]  # member and period, as a limit counts


class Misjudged(Stale):
    """Something stands otherwise than was assumed: look at all of it."""

    rival = False


@dataclass(frozen=True)
class Looked:
    """What stands there: orders that are decided, units by limit, units by shard."""

    decided: Set[str]
    counted: Mapping[Counted, int]
    held: Mapping[int, int]


@dataclass(frozen=True)
class Known:
    """What a batch is decided by. Without `looked`, its shard is taken to hold enough.

    `addresses` are those that goods are sent to.
    """

    product: Product | None
    heads: Mapping[str, Entry | None]
    program: Program
    now: Millis
    addresses: Mapping[SentTo, Item] = field(default_factory=dict)
    looked: Looked | None = None


@dataclass(frozen=True)
class Settled:
    """The writes that settle the first `count` redemptions of a batch, and their orders."""

    writes: Sequence[Write]
    orders: Sequence[Order]
    count: int


def settle(batch: Sequence[RedeemQueued], known: Known, random: Random) -> Settled:
    """Decide redemptions of one SKU in their order: as many as one transaction can hold.

    Raises Misjudged where it was not looked; the writes mean Misjudged, ShardShort, SnapshotOld
    and Stale.
    """
    tally = _Tally(known, random)
    for asked in batch:
        tally.add(asked)
    writes = tally.writes()
    if len(writes) > WRITES_MAX and len(batch) > 1:
        return settle(batch[: len(batch) // 2], known, random)
    return Settled(writes, list(tally.orders.values()), len(batch))


def limit_of(asked: RedeemQueued, product: Product, program: Program) -> Counted | None:
    """Where a redemption counts against the product's limit: in the period it was asked for."""
    limit = product.limit_per_member
    if limit is None:
        return None
    return asked.member, limits.period(limit, program.calendar, asked.enqueued_at)


class _Tally:
    """What the redemptions so far have come to."""

    def __init__(self, known: Known, random: Random) -> None:
        self._known = known
        self._random = random
        self._postings: dict[str, Posting] = {}
        self._taken: Counter[int] = Counter()
        self._counted: Counter[Counted] = Counter()
        self._addresses: list[Write] = []
        self.orders: dict[str, Order] = {}

    def add(self, asked: RedeemQueued) -> None:
        """Decide one more; one that is decided already is left out."""
        looked = self._known.looked
        if asked.key in self.orders or (looked and asked.key in looked.decided):
            return
        try:
            order = self._redeem(asked)
        except Refusal as refusal:
            if looked is None:
                raise Misjudged() from refusal
            order = rejected(asked, self._known.now, refusal.code)
        self.orders[asked.key] = order

    def _redeem(self, asked: RedeemQueued) -> Order:
        """The order, once nothing speaks against it; only then is anything taken."""
        product, price = _agreed(asked, self._known.product)
        asked = asked.model_copy(update={"points": price})
        address = self._address(asked)
        counted = self._room(asked, product)
        taken = self._plan(asked, product)
        posting = self._posting(asked.member)
        self._known.program.note_activity(posting, posting.at)
        points = asked.points * asked.quantity
        ledger.spend(posting, "redeem", points, Source("order", asked.order_id))
        self._taken.update(taken)
        if address:
            sent = addresses.sent_to(asked.member, asked.order_id, address, posting.at)
            self._addresses.append(sent)
        if counted:
            self._counted[counted] += asked.quantity
        order = replace(
            queued(asked),
            taken={str(shard): units for shard, units in taken.items()},
            limit_period=counted[1] if counted else "",
            address=address is not None,
            spent_revision=posting.entries[-1].revision,
            voucher_terms=product.voucher_terms,
        )
        return order.stepped("placed", posting.at, SYSTEM)

    def _posting(self, member: str) -> Posting:
        if member not in self._postings:
            head = self._known.heads[member]
            self._postings[member] = ledger.open_posting(member, head, self._known.now)
        return self._postings[member]

    def _address(self, asked: RedeemQueued) -> Item | None:
        if asked.product_type != SENT:
            return None
        address = self._known.addresses.get(asked.sent_to) if asked.sent_to else None
        if address is None:
            raise AddressRequired("The address is gone.")
        return address

    def _room(self, asked: RedeemQueued, product: Product) -> Counted | None:
        limit, counted = (
            product.limit_per_member,
            limit_of(asked, product, self._known.program),
        )
        if limit is None or counted is None:
            return None
        looked = self._known.looked
        units = self._counted[counted] + (looked.counted.get(counted, 0) if looked else 0)
        if units + asked.quantity > limit.units:
            raise LimitReached(limit=limit.units)
        return counted

    def _plan(self, asked: RedeemQueued, product: Product) -> stock.Plan:
        """Units of its own shard where that has enough, else of the others."""
        own = asked.shard % product.shards
        looked = self._known.looked
        if looked is None:
            return {own: asked.quantity}
        left = {shard: held - self._taken[shard] for shard, held in looked.held.items()}
        if left.get(own, 0) >= asked.quantity:
            return {own: asked.quantity}
        return stock.plan(left, asked.quantity, self._random)

    def writes(self) -> list[Write]:
        """The orders first: whether they exist tells more than whatever else is in the way."""
        orders = [replace(opened(order), refused=_misjudged) for order in self.orders.values()]
        served = [order for order in self.orders.values() if order.status == "placed"]
        if not served:
            return orders
        product = existing(self._known.product)
        spent = dict.fromkeys(order.member for order in served)
        entries = [write for member in spent for write in append(self._postings[member])]
        taken = stock.take(product, served[0].sku, self._taken)
        return [*orders, *taken, *self._limits(product), *entries, *self._addresses]

    def _limits(self, product: Product) -> list[Write]:
        now = self._known.now
        return [
            replace(write, refused=_misjudged)
            for (member, period), units in self._counted.items()
            for write in limits.count(product, member, units, period, now)
        ]


def _agreed(asked: RedeemQueued, product: Product | None) -> tuple[Product, int]:
    """The product and the points of a unit, if it is still sold on the terms agreed.

    A quote's are kept, whatever came; but a price that fell since is the one to pay.
    """
    product = existing(product)
    sku_of(product, asked.sku)
    agreed = Price(asked.points)
    if not asked.quoted:
        sellable(product, agreed, asked.enqueued_at)
    elif product.price.no_higher_than(agreed):
        agreed = product.price
    return product, agreed.points


def _misjudged(_: Item | None) -> Exception:
    return Misjudged()
