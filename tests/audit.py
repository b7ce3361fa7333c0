"""The audit: what must hold of the tables whatever was raced, repeated, reordered or killed.

Reads the tables through a plain client, so it can be pointed at any stage once nothing moves on
it any more, and shares nothing with the handlers but the shape of an entry and of an order:

    audit(boto3.client("dynamodb"), {"points": "...", "orders": "...", "catalog": "..."})

What a product's limit was before an admin lowered it no table says, so who audits such a stage
tells: members keep what they redeemed under the higher one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer
from mall import keys
from mall.catalog.product import BY_CODES, BY_VOUCHER
from mall.lottery import items as lotteries
from mall.lottery.closing import unwon
from mall.lottery.lottery import Lottery, goods_key
from mall.lottery.scheduled import unclaimed
from mall.lottery.shards import Shard
from mall.orders import items as orders
from mall.orders.order import Order
from mall.orders.states import follows
from mall.points.earning import record
from mall.points.ledger.chain import verify
from mall.points.ledger.entry import Entry, from_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

Item = Mapping[str, Any]
_Place = tuple[str, str]  # product and SKU
_GRANTING = ("earn", "adjust", "redeem", "refund")
_IN_PARTS = ("discount", "order")  # what they took comes back as often as a part is refunded
NEVER: Mapping[str, int] = {}


class AuditFailed(AssertionError):
    """The books do not add up; the text lists every finding."""


class _Plain(TypeDeserializer):
    def _deserialize_n(self, value: str) -> int:
        return int(value)

    def _deserialize_b(self, value: bytes) -> bytes:
        return bytes(value)


@dataclass(frozen=True)
class Books:
    """All that the tables hold, sorted by what it is."""

    chains: Mapping[str, Sequence[Entry]]
    heads: Mapping[str, Item]
    orders: Mapping[str, Order]
    events: Sequence[record.Event]
    products: Mapping[str, Item]
    shards: Sequence[Item]
    movements: Sequence[Item]
    limits: Sequence[Item]
    codes: Sequence[Item]
    pool: Sequence[Item]
    vouchers: Sequence[Item]
    lotteries: Sequence[Lottery] = ()
    lottery_shards: Mapping[str, Sequence[Shard]] = field(default_factory=dict)
    winners: Mapping[str, Sequence[Item]] = field(default_factory=dict)


def scan(client: "DynamoDBClient", table: str) -> list[dict[str, Any]]:
    """Every item of a table in plain values, in the order of its keys."""
    read = _Plain().deserialize
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    items = [{k: read(v) for k, v in item.items()} for page in pages for item in page["Items"]]
    return sorted(items, key=lambda item: (item["pk"], item["sk"]))


def read_books(client: "DynamoDBClient", tables: Mapping[str, str]) -> Books:
    """The books of a stage. `tables` names at least points, orders and catalog."""
    points, sales = scan(client, tables["points"]), scan(client, tables["catalog"])
    entries = [item for item in points if item["sk"].startswith(keys.ENTRY_PREFIX)]
    chains: dict[str, list[Entry]] = defaultdict(list)
    for item in entries:
        chains[item["pk"]].append(from_item(item))
    sold = scan(client, tables["orders"])
    placed = [item for item in sold if item["sk"] == "ORDER" and not orders.waits(item)]
    return Books(
        chains=chains,
        heads={item["pk"]: item for item in entries},
        orders={order.order_id: order for order in map(orders.from_item, placed)},
        events=[record.from_item(item) for item in points if item["sk"] == "EVENT"],
        products={i["pk"].partition("#")[2]: i for i in sales if i["sk"] == "PRODUCT"},
        shards=[item for item in sales if item["sk"] == "STOCK"],
        movements=[item for item in sales if item["sk"].startswith("MOVEMENT#")],
        limits=[item for item in sales if item["sk"].startswith("LIMIT#")],
        codes=[item for item in sales if item["sk"] == "CODE"],
        pool=[item for item in sales if item["pk"].startswith("POOL#")],
        vouchers=[item for item in sold if item["pk"].startswith("VOUCHER#")],
        lotteries=[lotteries.from_item(item) for item in points if item["sk"] == "LOTTERY"],
        lottery_shards=_shards_of_lotteries(points),
        winners=_winners(points),
    )


def _shards_of_lotteries(items: Sequence[Item]) -> Mapping[str, list[Shard]]:
    found: dict[str, list[Shard]] = defaultdict(list)
    for item in items:
        if item["sk"] == "SHARD":
            _, lottery, number = item["pk"].split("#")
            found[lottery].append(Shard(int(number), item))
    return found


def _winners(items: Sequence[Item]) -> Mapping[str, list[Item]]:
    found: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item["sk"].startswith(keys.WINNER_PREFIX):
            found[item["pk"].partition("#")[2]].append(item)
    return found


def audit(
    client: "DynamoDBClient", tables: Mapping[str, str], *, lowered: Mapping[str, int] = NEVER
) -> Books:
    """Hold the tables against every rule; returns the books. Raises AuditFailed naming all.

    `lowered` is the highest limit that each product had whose limit is lower, or gone, by now.
    """
    books = read_books(client, tables)
    if found := findings(books, lowered):
        raise AuditFailed("\n".join(found))
    return books


def findings(books: Books, lowered: Mapping[str, int] = NEVER) -> list[str]:
    """Everything in which the books do not add up."""
    return [
        *_chains(books), *_once(books), *_redemptions(books), *_histories(books),
        *_money(books), *_events(books), *_shards(books), *_stock(books), *_prizes(books),
        *_limits(books, lowered), *_codes(books), *_deliveries(books),
        *_vouchers(books),
    ]  # fmt: skip


# --- points --------------------------------------------------------------------------------------


def _chains(books: Books) -> Iterator[str]:
    """Every chain replays to its head, every balance follows from it, and points are conserved."""
    for member, chain in books.chains.items():
        verdict = verify(chain)
        if not verdict.valid:
            yield f"{member}: the chain breaks at entry {verdict.first_bad_revision}"
        head = books.heads[member]
        lots, pending = sum(head["lots"].values()), sum(head.get("pending", {}).values())
        if head["available"] != lots or min(head["lots"].values(), default=1) <= 0:
            yield f"{member}: {head['available']} available, the lots are {head['lots']}"
        moved = sum(entry.points for entry in chain)
        if moved != lots + pending - head.get("debt", 0):
            yield f"{member}: the movements sum to {moved}, the balance does not"


def _once(books: Books) -> Iterator[str]:
    """No cause moved points twice in the same way."""
    for member, chain in books.chains.items():
        seen = Counter((e.kind, e.source) for e in chain if _once_only(e))
        for (kind, source), times in seen.items():
            if times > 1:
                yield f"{member}: {times} entries of kind {kind} from {source}"


def _once_only(entry: Entry) -> bool:
    in_parts = entry.kind != "redeem" and entry.source.type in _IN_PARTS
    return entry.kind in _GRANTING and not in_parts


def _redemptions(books: Books) -> Iterator[str]:
    """Every order was paid once, got back what its refunds say, and nothing else was."""
    paid = _of_orders(books, "redeem")
    refunded = _of_orders(books, "refund")
    for order_id in paid.keys() - books.orders.keys():
        yield f"points were taken for {order_id}, which is no order"
    for order_id, order in books.orders.items():
        taken = [] if order.status == "rejected" else [(order.member, -order.points)]
        if [(e.member, e.points) for e in paid[order_id]] != (taken if order.points else []):
            yield f"order {order_id} of {order.points} points was paid by {_told(paid[order_id])}"
        elif [e.revision for e in paid[order_id]] not in ([], [order.spent_revision]):
            told = _told(paid[order_id])
            yield f"order {order_id} names entry {order.spent_revision}, not {told}"
        back = sum(entry.points for entry in refunded[order_id])
        if back != order.points_refunded or back > order.points:
            yield f"order {order_id} says {order.points_refunded} came back, {back} did"
        if order.status == "cancelled" and back != order.points:
            yield f"order {order_id} is cancelled, and {back} of {order.points} points came back"


def _told(entries: Sequence[Entry]) -> str:
    return " ".join(f"{entry.revision}: {entry.points}" for entry in entries) or "nothing"


def _histories(books: Books) -> Iterator[str]:
    """Every order came to where it is by steps that may follow one another."""
    for order_id, order in books.orders.items():
        walked = [step.status for step in order.history]
        if walked[0] not in ("placed", "pending_payment", "queued"):
            yield f"order {order_id} begins as {walked[0]}"
        for before, after in pairwise(walked):
            if before != after and not follows(before, after):
                yield f"order {order_id} went from {before} to {after}"
        if [step.at for step in order.history] != sorted(step.at for step in order.history):
            yield f"order {order_id} went back in time"


def _money(books: Books) -> Iterator[str]:
    """No order gives back cash that it did not take, and a cancelled one that was paid all of it.

    Money that came after the cancellation goes back as well, so it counts as taken.
    """
    for order_id, order in books.orders.items():
        late = any(step.reason == "late_payment" for step in order.history)
        taken = order.cash.amount if order.cash and (order.paid or late) else 0
        if order.cash_refunded > taken:
            yield f"order {order_id} took {taken} and gives {order.cash_refunded} back"
        if order.status == "cancelled" and order.cash_refunded != taken:
            yield f"order {order_id} is cancelled and keeps {taken - order.cash_refunded}"


def _of_orders(books: Books, kind: str) -> Mapping[str, list[Entry]]:
    found: dict[str, list[Entry]] = defaultdict(list)
    for chain in books.chains.values():
        for entry in chain:
            if entry.kind == kind and entry.source.type == "order":
                found[entry.source.id].append(entry)
    return found


def _events(books: Books) -> Iterator[str]:
    """What each event gave and its refunds took is what the ledger says."""
    owed: Counter[tuple[str, str]] = Counter()
    for event in books.events:
        taken = sum(refund.taken for refund in event.refunds.values())
        owed[keys.member(event.member), event.event_id] += event.granted - taken
    types = {event.type for event in books.events}
    moved: Counter[tuple[str, str]] = Counter()
    for member, chain in books.chains.items():
        for entry in chain:
            if entry.actor and entry.source.type in types:
                moved[member, entry.source.id] += entry.points
    for cause in owed.keys() | moved.keys():
        if owed[cause] != moved[cause]:
            yield f"{cause} should have moved {owed[cause]} points and moved {moved[cause]}"


# --- stock ---------------------------------------------------------------------------------------


def _shards(books: Books) -> Iterator[str]:
    """No shard is below zero, and none knows a sale that its product does not."""
    for shard in books.shards:
        _, product_id, sku, number = shard["pk"].split("#")
        if shard["available"] < 0:
            yield f"shard {number} of {product_id} {sku} holds {shard['available']}"
        if shard["sale_version"] > books.products[product_id]["sale_version"]:
            yield f"shard {number} of {product_id} is ahead of its product"


def _stock(books: Books) -> Iterator[str]:
    """What is left, sold, won and set aside to be won is what came in, less what was moved away."""
    stocked = Counter((code["pk"].split("#")[1], code["sku"]) for code in books.codes)
    for movement in books.movements:
        if "lottery_id" not in movement:
            stocked[movement["pk"].partition("#")[2], movement["sku"]] += movement["delta"]
    accounted = sum((_held(books, lottery) for lottery in books.lotteries), Counter[_Place]())
    for shard in books.shards:
        _, product_id, sku, _ = shard["pk"].split("#")
        accounted[product_id, sku] += shard["available"]
    for order in books.orders.values():
        taken = sum(order.taken.values())
        accounted[order.product_id, order.sku] += taken - order.restocked
        if taken not in (0, order.quantity):
            yield f"order {order.order_id} of {order.quantity} took {order.taken}"
    for place in stocked.keys() | accounted.keys():
        if stocked[place] != accounted[place]:
            yield f"{stocked[place]} units of {place} came in, left + sold {accounted[place]}"


def _held(books: Books, lottery: Lottery) -> Counter[_Place]:
    """Units that a lottery set aside, that nobody won and that did not go back."""
    held: Counter[_Place] = Counter()
    tables = {table.version: table for table in lottery.tables}
    if lottery.kind == "scheduled":
        left = unclaimed(lottery.tables[-1], books.winners.get(lottery.lottery_id, ()))
    else:
        left = unwon(lottery, books.lottery_shards.get(lottery.lottery_id, ()))
    for (version, place), units in left.items():
        prize = tables[version].prizes[place]
        goods = lottery.goods.get(goods_key(prize.product_id, prize.sku))
        if goods and goods.counted:
            held[goods.product_id, goods.sku] += units
    for movement in books.movements:
        if movement.get("lottery_id") == lottery.lottery_id and movement["delta"] > 0:
            held[movement["pk"].partition("#")[2], movement["sku"]] -= movement["delta"]
    return held


def _prizes(books: Books) -> Iterator[str]:
    """A closed lottery holds nothing any more."""
    for lottery in books.lotteries:
        for place, units in _held(books, lottery).items():
            if lottery.status == "closed" and units:
                yield f"lottery {lottery.lottery_id} is closed and holds {units} units of {place}"


def _limits(books: Books, lowered: Mapping[str, int]) -> Iterator[str]:
    """Every member's counter is what they keep of the product, and within its limit."""
    kept: Counter[tuple[str, ...]] = Counter()
    for order in books.orders.values():
        if order.limit_period and not _undone(order):
            kept[order.member, order.product_id, order.limit_period] += order.quantity
    counted = {
        (item["pk"].partition("#")[2], *item["sk"].split("#")[1:]): item["units"]
        for item in books.limits
    }
    for place in kept.keys() | counted.keys():
        member, product_id, period = place
        units = counted.get(place, 0)
        if units != kept[place]:
            yield f"{member} keeps {kept[place]} of {product_id} in {period}, counted are {units}"
        most, _ = books.products[product_id].get("limit_per_member", (units, ""))
        if units > max(most, lowered.get(product_id, 0)):
            yield f"{member} has {units} of {product_id} in {period}, which is beyond the limit"


def _codes(books: Books) -> Iterator[str]:
    """Every code is free or with one order, and what was imported is free or delivered."""
    free = {(item["pk"].split("#")[1], item["sk"]) for item in books.pool}
    delivered = 0
    for code in books.codes:
        _, product_id, mac = code["pk"].split("#")
        given = "order_id" in code
        delivered += given
        if ((product_id, mac) in free) == given:
            yield f"code {mac} of {product_id} is both free and delivered, or neither"
    if len(free) + delivered != len(books.codes):
        yield f"{len(books.codes)} codes, but {len(free)} free and {delivered} delivered"


def _deliveries(books: Books) -> Iterator[str]:
    """Every fulfilled order has its codes, no other has any, none is shared."""
    delivered = Counter(code["order_id"] for code in books.codes if "order_id" in code)
    for order_id, order in books.orders.items():
        owed = order.quantity if _fulfilled(order) and order.product_type in BY_CODES else 0
        if not owed == delivered[order_id] == len(order.codes):
            yield f"order {order_id} is {order.status} with {delivered[order_id]} codes"
    for order_id in delivered.keys() - books.orders.keys():
        yield f"codes went to {order_id}, which is no order"
    held = Counter(sealed for order in books.orders.values() for sealed in order.codes)
    for times in held.values():
        if times > 1:
            yield f"one code went to {times} orders"


def _vouchers(books: Books) -> Iterator[str]:
    """Every fulfilled order has its voucher and no other one, and no other order has any."""
    issued: dict[str, list[str]] = defaultdict(list)
    for voucher in books.vouchers:
        issued[voucher["order_id"]].append(voucher["pk"])
    for order_id, order in books.orders.items():
        if (order.voucher is not None) != (_fulfilled(order) and order.product_type in BY_VOUCHER):
            yield f"order {order_id} is {order.status} with the voucher {order.voucher}"
        known = [keys.voucher(order.voucher.mac)["pk"]] if order.voucher else []
        if issued.get(order_id, []) != known:
            yield f"order {order_id} knows of the vouchers {known}, not {issued.get(order_id, [])}"
    for order_id in issued.keys() - books.orders.keys():
        yield f"a voucher went to {order_id}, which is no order"


def _fulfilled(order: Order) -> bool:
    return any(step.status == "fulfilled" for step in order.history)


def _undone(order: Order) -> bool:
    """Whether nothing of the order was ever delivered, and never will be."""
    walked = [step.status for step in order.history]
    given_up = ("fulfilment_failed", "refunded") in pairwise(walked)
    return order.status in ("cancelled", "rejected") or given_up
