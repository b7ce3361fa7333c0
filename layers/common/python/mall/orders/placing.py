"""Placing an order: entry, stock, limit and order in one transaction, or nothing.

The order's own write comes first: when its key exists, the retry is answered from it whatever
else the transaction would have refused.
"""

from dataclasses import dataclass

from mall.catalog import stock
from mall.catalog.product import Product, sku_of
from mall.clock import Millis
from mall.errors import IdempotencyKeyReused
from mall.ids import request_hash
from mall.orders.order import Order, Step, order_id, to_item
from mall.orders.views import OrderView, PlaceOrderRequest, placed_view
from mall.points import ledger
from mall.points.ledger.entry import Entry, Source
from mall.points.ledger.writes import append
from mall.points.program import Program
from mall.writes import ABSENT, Write, already_done, put


@dataclass(frozen=True)
class Draft:
    """What a member asked for, before anything was looked at."""

    member: str
    order_id: str
    request: PlaceOrderRequest
    request_hash: bytes


def draft(member: str, key: str, request: PlaceOrderRequest) -> Draft:
    """The draft of a request; its id is the only one that this key can have."""
    digest = request_hash("place_order", request)
    return Draft(member, order_id(member, key), request, digest)


def place(
    asked: Draft, product: Product, taken: stock.Plan, head: Entry | None, program: Program,
    now: Millis,
) -> tuple[list[Write], OrderView]:  # fmt: skip
    """The writes of a redemption of a product that is `sellable` at the price seen, and its answer.

    Raises LimitReached(limit), AccountClosed and InsufficientPoints(available); the writes mean
    AlreadyDone, LimitReached, ShardShort and SnapshotOld.
    """
    request = asked.request
    points = product.points * request.quantity
    counted = stock.count_for_member(product, asked.member, request.quantity)
    posting = ledger.open_posting(asked.member, head, now)
    program.note_activity(posting, posting.at)
    ledger.spend(posting, "redeem", points, Source("order", asked.order_id))
    order = Order(
        order_id=asked.order_id,
        member=asked.member,
        product_id=product.product_id,
        product_name=product.name,
        product_type=product.type,
        sku=sku_of(product, request.sku),
        quantity=request.quantity,
        points=points,
        placed_at=posting.at,
        request_hash=asked.request_hash,
        taken={str(shard): units for shard, units in taken.items()},
        limited=bool(counted),
        spent_revision=posting.entries[-1].revision,
        history=(Step(posting.at, "placed", "member"),),
    )
    writes = [
        put("orders", to_item(order), condition=ABSENT, refused=already_done),
        *append(posting),
        *stock.take(product, order.sku, taken),
        *counted,
    ]
    return writes, placed_view(order)


def replay(asked: Draft, order: Order) -> OrderView:
    """The answer given before to the same key and body. Raises IdempotencyKeyReused."""
    if order.request_hash != asked.request_hash:
        raise IdempotencyKeyReused()
    return placed_view(order).as_replay()
