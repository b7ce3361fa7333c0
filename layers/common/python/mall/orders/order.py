"""An order: the receipt of its Idempotency-Key, the record of its history, and its own outbox.

The key derives from member and Idempotency-Key, so a retry finds the order and nothing else can.
`version` counts changes; `relayed_version` is the last one that was told to the world. While the
two differ, or the order is open, it stands in the open-work index.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from mall import keys
from mall.clock import Millis
from mall.ids import derived_id

Status = Literal["placed", "fulfilling", "cancelled", "fulfilled"]
STATUSES: tuple[Status, ...] = get_args(Status)
_TERMINAL = ("cancelled", "fulfilled")


@dataclass(frozen=True)
class Step:
    """One line of an order's history."""

    at: Millis
    status: Status
    actor: str
    reason: str = ""


@dataclass(frozen=True)
class Order:
    """An order as it stands. `taken` is what each stock shard gave, by shard number."""

    order_id: str
    member: str
    product_id: str
    product_name: str
    product_type: str
    sku: str
    quantity: int
    points: int
    placed_at: Millis
    request_hash: bytes
    taken: Mapping[str, int]
    limited: bool
    spent_revision: int
    status: Status = "placed"
    version: int = 1
    relayed_version: int = 0
    history: tuple[Step, ...] = ()
    codes: tuple[bytes, ...] = field(default=(), repr=False)
    cancel_key: str = ""

    @property
    def lagging(self) -> bool:
        """Whether the world has not been told of the newest version."""
        return self.relayed_version < self.version


def order_id(member: str, key: str) -> str:
    """The only order id that this member's Idempotency-Key can have."""
    return derived_id("order", member, key)


def open_work_key(order: Order, at: Millis) -> dict[str, str]:
    """Where an order stands in the open-work index: status, hour of its change, bucket."""
    bucket = int.from_bytes(order.order_id.encode()[-2:]) % keys.OPEN_BUCKETS
    return {
        "gsi2pk": keys.open_work(order.status, hour(at), bucket),
        "gsi2sk": f"{at:013d}#{order.order_id}",
    }


def hour(at: Millis) -> str:
    """The hour of an instant, yyyymmddhh in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y%m%d%H")


def terminal(status: Status) -> bool:
    """Whether nothing follows this status."""
    return status in _TERMINAL


def to_item(order: Order) -> dict[str, Any]:
    """A new order as it stands in the table: within 1 KB, so 2 write units and 1 per index."""
    return {
        **keys.order(order.order_id),
        "gsi1pk": keys.member(order.member),
        "gsi1sk": f"{order.placed_at:013d}#{order.order_id}",
        **open_work_key(order, order.placed_at),
        "member": order.member,
        "product": [order.product_id, order.product_name, order.product_type, order.sku],
        "quantity": order.quantity,
        "points": order.points,
        "placed_at": order.placed_at,
        "request_hash": order.request_hash,
        "taken": dict(order.taken),
        "limited": order.limited,
        "spent_revision": order.spent_revision,
        "status": order.status,
        "version": order.version,
        "relayed_version": order.relayed_version,
        "history": [step_item(step) for step in order.history],
    }


def step_item(step: Step) -> list[Any]:
    """A line of history as it is stored."""
    return [step.at, step.status, step.actor, step.reason]


def from_item(item: Mapping[str, Any]) -> Order:
    """The order that an item of the orders table holds."""
    product_id, product_name, product_type, sku = item["product"]
    return Order(
        order_id=item["pk"].partition("#")[2],
        member=item["member"],
        product_id=product_id,
        product_name=product_name,
        product_type=product_type,
        sku=sku,
        quantity=item["quantity"],
        points=item["points"],
        placed_at=item["placed_at"],
        request_hash=item["request_hash"],
        taken=item["taken"],
        limited=item["limited"],
        spent_revision=item["spent_revision"],
        status=item["status"],
        version=item["version"],
        relayed_version=item["relayed_version"],
        history=tuple(Step(*line) for line in item["history"]),
        codes=tuple(item.get("codes", ())),
        cancel_key=item.get("cancel_key", ""),
    )
