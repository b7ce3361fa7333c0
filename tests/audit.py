"""The audit: what must hold of the tables whatever was raced, repeated, reordered or killed.

Reads the tables through a plain client, so it can be pointed at any stage once nothing moves on
it any more, and shares nothing with the handlers but the shape of an entry and of an order:

    audit(boto3.client("dynamodb"), {"points": "...", "orders": "...", "catalog": "..."})
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer
from mall import keys
from mall.orders import items as orders
from mall.orders.order import Order
from mall.points.earning import record
from mall.points.ledger.chain import verify
from mall.points.ledger.entry import Entry, from_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

Item = Mapping[str, Any]
_GRANTING = ("earn", "adjust", "redeem", "refund")
_IN_PARTS = "discount"  # is reversed as often as its cart is refunded


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
    placed = [item for item in scan(client, tables["orders"]) if item["sk"] == "ORDER"]
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
    )


def audit(client: "DynamoDBClient", tables: Mapping[str, str]) -> Books:
    """Hold the tables against every rule; returns the books. Raises AuditFailed naming all."""
    books = read_books(client, tables)
    found = [
        *_chains(books), *_once(books), *_redemptions(books), *_events(books),
        *_shards(books), *_stock(books), *_limits(books), *_codes(books), *_deliveries(books),
    ]  # fmt: skip
    if found:
        raise AuditFailed("\n".join(found))
    return books


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
        seen = Counter(
            (e.kind, e.source) for e in chain if e.kind in _GRANTING and e.source.type != _IN_PARTS
        )
        for (kind, source), times in seen.items():
            if times > 1:
                yield f"{member}: {times} entries of kind {kind} from {source}"


def _redemptions(books: Books) -> Iterator[str]:
    """Every order was paid once, every cancelled one refunded once, and nothing else was."""
    paid = _of_orders(books, "redeem")
    refunded = _of_orders(books, "refund")
    for order_id in paid.keys() - books.orders.keys():
        yield f"points were taken for {order_id}, which is no order"
    for order_id, order in books.orders.items():
        entry = paid.get(order_id)
        if entry is None or (entry.member, entry.points) != (order.member, -order.points):
            yield f"order {order_id} of {order.points} points was paid by {entry}"
        elif entry.revision != order.spent_revision:
            yield f"order {order_id} names entry {order.spent_revision}, not {entry.revision}"
        back = refunded.get(order_id)
        owed = order.points if order.status == "cancelled" else None
        if owed != (back.points if back else None):
            yield f"order {order_id} is {order.status} and was refunded by {back}"


def _of_orders(books: Books, kind: str) -> dict[str, Entry]:
    every = (entry for chain in books.chains.values() for entry in chain)
    return {e.source.id: e for e in every if e.kind == kind and e.source.type == "order"}


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
    """What is left, sold and moved away is what was imported."""
    imported = Counter((code["pk"].split("#")[1], code["sku"]) for code in books.codes)
    accounted: Counter[tuple[str, str]] = Counter()
    for shard in books.shards:
        _, product_id, sku, _ = shard["pk"].split("#")
        accounted[product_id, sku] += shard["available"]
    for movement in books.movements:
        accounted[movement["pk"].partition("#")[2], movement["sku"]] -= movement["delta"]
    for order in _kept(books):
        accounted[order.product_id, order.sku] += order.quantity
        if sum(order.taken.values()) != order.quantity:
            yield f"order {order.order_id} of {order.quantity} took {order.taken}"
    for place in imported.keys() | accounted.keys():
        if imported[place] != accounted[place]:
            yield f"{imported[place]} codes of {place}, but left + sold + moved {accounted[place]}"


def _limits(books: Books) -> Iterator[str]:
    """Every member's counter is what they keep of the product, and within its limit."""
    kept: Counter[tuple[str, ...]] = Counter()
    for order in _kept(books):
        if order.limit_period:
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
        if units > most:
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
    """Every fulfilled order has its codes, no other order has any, and no code is with two."""
    delivered = Counter(code["order_id"] for code in books.codes if "order_id" in code)
    for order_id, order in books.orders.items():
        owed = order.quantity if order.status == "fulfilled" else 0
        if not owed == delivered[order_id] == len(order.codes):
            yield f"order {order_id} is {order.status} with {delivered[order_id]} codes"
    for order_id in delivered.keys() - books.orders.keys():
        yield f"codes went to {order_id}, which is no order"
    held = Counter(sealed for order in books.orders.values() for sealed in order.codes)
    for times in held.values():
        if times > 1:
            yield f"one code went to {times} orders"


def _kept(books: Books) -> Iterator[Order]:
    return (order for order in books.orders.values() if order.status != "cancelled")
