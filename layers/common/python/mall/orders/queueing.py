"""Standing in line for a queued product: what is sent, how its id is signed, what it becomes.

Until a redemption is decided there is no order, only a message, and its copy in the place that the
order will take: so whatever else is asked under this key, of any product, finds it taken. The id
says by itself that it was given out: after the only id that member and key can have stands a MAC
over both. Whoever shows it again is told `queued`; nobody can make one up, nor ask for another
member's.
"""

import hashlib
import hmac
from typing import Literal

from pydantic import BaseModel

from mall import keys
from mall.catalog.product import SENT, Product, ProductType
from mall.clock import DAY_MS, Millis
from mall.ids import text_of
from mall.models import View
from mall.orders.order import MEMBER, SYSTEM, Order, Step
from mall.orders.placing import Draft
from mall.writes import ABSENT, Write, already_done, put

_MAC_LENGTH = 16  # base32 characters: 80 bits

_WAITS_MS_MAX = 14 * DAY_MS  # no message is kept longer

SentTo = tuple[str, str]  # member and address id


class RedeemQueued(BaseModel):
    """Ask for a redemption that was taken in: all that it is decided by, but no personal data.

    `points` is the price of one unit that was agreed, by a quote where `quoted`. The message is
    the record of the order until that is decided.
    """

    order_id: str
    member: str
    product_id: str
    product_name: str
    product_type: ProductType
    sku: str
    shard: int
    quantity: int
    points: int
    quoted: bool
    address_id: str | None
    request_hash: str
    enqueued_at: Millis

    @property
    def group(self) -> str:
        """The message group: redemptions of one shard are settled in order, and together."""
        return f"{self.product_id}.{self.sku}.{self.shard}"

    @property
    def key(self) -> str:
        """What the order is found by, whatever signs its id."""
        return keys.order(self.order_id)["pk"]

    @property
    def sent_to(self) -> SentTo | None:
        """Where the goods go; nowhere when there are none to send, or no address was named."""
        if self.product_type != SENT or self.address_id is None:
            return None
        return self.member, self.address_id


class QueuedOrderView(View):
    """An order that is not decided yet; what it is for was told when it was taken in."""

    order_id: str
    status: Literal["queued"] = "queued"


def signed_id(derived: str, member: str, secret: bytes) -> str:
    """The id of a queued order, from the only id that member and key can have."""
    framed = len(member.encode()).to_bytes(4) + member.encode() + derived.encode()
    mac = hmac.new(secret, b"queued order" + framed, hashlib.sha256).digest()
    return f"{derived}-{text_of(mac)[:_MAC_LENGTH]}"


def is_queued(order_id: str, member: str, secret: bytes) -> bool:
    """Whether an id without an order was given out to this member: then it waits in line."""
    derived, _, _ = order_id.partition("-")
    return hmac.compare_digest(signed_id(derived, member, secret).encode(), order_id.encode())


def stand_in_line(
    asked: Draft, product: Product, sku: str, points: int, now: Millis, secret: bytes,
    *, quoted: bool,
) -> RedeemQueued:  # fmt: skip
    """The message for a redemption that was asked for, at a price of so many points a unit."""
    order_id = signed_id(asked.order_id, asked.member, secret)
    return RedeemQueued(
        order_id=order_id,
        member=asked.member,
        product_id=product.product_id,
        product_name=product.name,
        product_type=product.type,
        sku=sku,
        shard=shard_of(order_id, product.shards),
        quantity=asked.request.quantity,
        points=points,
        quoted=quoted,
        address_id=asked.request.address_id,
        request_hash=asked.request_hash.hex(),
        enqueued_at=now,
    )


def taken_in(asked: RedeemQueued) -> Write:
    """Write part that keeps what was taken in where its order will stand.

    It means AlreadyDone when the key is taken: by an order, or by what was taken in before.
    """
    item = {
        **keys.order(asked.order_id),
        "request_hash": bytes.fromhex(asked.request_hash),
        "message": asked.model_dump_json(),
        "ttl": (asked.enqueued_at + _WAITS_MS_MAX) // 1000,
    }
    return put("orders", item, condition=ABSENT, refused=already_done)


def shard_of(order_id: str, shards: int) -> int:
    """The shard whose line a redemption joins: always the same one, and each as often."""
    return int.from_bytes(hashlib.sha256(order_id.encode()).digest()[:4]) % shards


def queued(asked: RedeemQueued) -> Order:
    """The order as it stands in line. Nothing of it is written."""
    return Order(
        order_id=asked.order_id,
        member=asked.member,
        product_id=asked.product_id,
        product_name=asked.product_name,
        product_type=asked.product_type,
        sku=asked.sku,
        quantity=asked.quantity,
        points=asked.points * asked.quantity,
        placed_at=asked.enqueued_at,
        request_hash=bytes.fromhex(asked.request_hash),
        taken={},
        spent_revision=0,
        history=(Step(asked.enqueued_at, "queued", MEMBER),),
    )


def rejected(asked: RedeemQueued, at: Millis, reason: str) -> Order:
    """The order that took nothing, and why: a refusal's code, or `failed`."""
    return queued(asked).stepped("rejected", at, SYSTEM, reason)
