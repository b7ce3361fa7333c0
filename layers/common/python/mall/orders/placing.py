"""Placing an order: entry, stock, limit and order in one transaction, or nothing.

The order's own write comes first: when its key exists, the retry is answered from it whatever
else the transaction would have refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mall import keys
from mall.catalog import limits, stock
from mall.catalog.product import Price, Product
from mall.catalog.selling import total
from mall.clock import Millis
from mall.errors import AccountClosed, IdempotencyKeyReused, PaymentUnavailable
from mall.ids import request_hash
from mall.orders.items import Moved, opened
from mall.orders.order import MEMBER, Order, Payment, Step, order_id
from mall.orders.provider import Intent
from mall.orders.requests import PlaceOrderRequest
from mall.orders.views import OrderView, placed_view
from mall.points import ledger
from mall.points.ledger.entry import Entry, Source
from mall.points.ledger.writes import append
from mall.points.program import Program
from mall.users import addresses
from mall.writes import ABSENT, Item, Write, check

_MINUTE_MS = 60_000


@dataclass(frozen=True)
class Draft:
    """What a member asked for, before anything was looked at."""

    member: str
    order_id: str
    request: PlaceOrderRequest
    request_hash: bytes


@dataclass(frozen=True)
class Sale:
    """What is sold: units of a SKU, at a price each, from these shards, sent to this address."""

    product: Product
    sku: str
    price: Price
    taken: stock.Plan
    address: Item | None = None


def draft(member: str, key: str, request: PlaceOrderRequest) -> Draft:
    """The draft of a request; its id is the only one that this key can have."""
    digest = request_hash("place_order", request)
    return Draft(member, order_id(member, key), request, digest)


def place(asked: Draft, sale: Sale, head: Entry | None, program: Program, now: Millis) -> Moved:
    """The writes of a redemption on agreed terms, and the order. With cash it is to be `payable`.

    Raises Invalid for a total beyond all bounds, LimitReached(limit), AccountClosed and
    InsufficientPoints(available); the writes mean AlreadyDone, LimitReached, ShardShort and
    SnapshotOld.
    """
    product, units = sale.product, asked.request.quantity
    price = total(sale.price, units)
    entries, revision, at = _spend(asked, price.points, head, program, now)
    limit = product.limit_per_member
    period = limits.period(limit, program.calendar, at) if limit else ""
    order = Order(
        order_id=asked.order_id,
        member=asked.member,
        product_id=product.product_id,
        product_name=product.name,
        product_type=product.type,
        sku=sale.sku,
        quantity=units,
        points=price.points,
        cash=price.cash,
        placed_at=at,
        request_hash=asked.request_hash,
        taken={str(n): count for n, count in sale.taken.items()} if product.counted else {},
        limit_period=period,
        address=sale.address is not None,
        spent_revision=revision,
        voucher_terms=product.voucher_terms,
        history=(Step(at, "pending_payment" if price.cash else "placed", MEMBER),),
    )
    writes = [
        opened(order),
        *entries,
        *stock.take(product, sale.sku, sale.taken),
        *limits.count(product, asked.member, units, period, at),
    ]
    if sale.address:
        writes.append(addresses.sent_to(asked.member, order.order_id, sale.address, at))
    return writes, order


def payable(writes: Sequence[Write], order: Order, intent: Intent, program: Program) -> Moved:
    """The same redemption, to be paid by an intent within the program's time.

    Raises PaymentUnavailable for an intent that is not this order's to pay: an answer that is not
    understood places nothing.
    """
    if (intent.status, intent.order_id, intent.money) != ("open", order.order_id, order.cash):
        raise PaymentUnavailable()
    expires_at = order.placed_at + program.settings.payment_timeout_minutes * _MINUTE_MS
    payment = Payment(intent.intent_id, intent.client_secret, expires_at)
    order = replace(order, payment=payment)
    return [opened(order), *writes[1:]], order


def _spend(
    asked: Draft, points: int, head: Entry | None, program: Program, now: Millis
) -> tuple[list[Write], int, Millis]:
    """The entries that pay, the revision of the one that spends (0: none), and their instant.

    What costs no points writes no entry; the chain is held to the head instead, so that nobody
    orders from an account that closes at the same time.
    """
    posting = ledger.open_posting(asked.member, head, now)
    if not points:
        if posting.state.closed:
            raise AccountClosed()
        following = keys.entry(asked.member, head.revision + 1 if head else 1)
        return [check("points", following, ABSENT)], 0, posting.at
    program.note_activity(posting, posting.at)
    ledger.spend(posting, "redeem", points, Source("order", asked.order_id))
    return append(posting), posting.entries[-1].revision, posting.at


def replay(asked: Draft, order: Order) -> OrderView:
    """The answer given before to the same key and body. Raises IdempotencyKeyReused."""
    if order.request_hash != asked.request_hash:
        raise IdempotencyKeyReused()
    return placed_view(order).as_replay()
