"""An order as an item of the orders table, and one change of it as a write.

A new order of points alone stays within 1 KB: 2 write units, and 1 for each of its two indexes. It
stands in `by_status` for good, under its status and the hour of its last step.
"""

from collections.abc import Mapping
from typing import Any

from mall import keys, money, writes
from mall.catalog.product import VoucherTerms
from mall.clock import utc_hour
from mall.orders.order import Order, Payment, Refund, Shipment, Step, Voucher
from mall.writes import ABSENT, Write, already_done, put, update

Moved = tuple[list[Write], Order]  # what moves an order on, and the order then
_MINE = f"{ABSENT} OR (attribute_not_exists(#history) AND #request_hash = :request_hash)"
_PLAIN = (
    "member", "quantity", "points", "placed_at", "request_hash", "spent_revision", "relayed_version"
)  # fmt: skip


def to_item(order: Order) -> dict[str, Any]:
    """The order as it stands in the table; what is empty is left out."""
    payment, voucher, shipment = order.payment, order.voucher, order.shipment
    terms = order.voucher_terms
    item = {name: getattr(order, name) for name in _PLAIN} | {
        **keys.order(order.order_id),
        "gsi1pk": keys.member(order.member),
        "gsi1sk": f"{order.placed_at:013d}#{order.order_id}",
        **by_status_key(order),
        "product": [order.product_id, order.product_name, order.product_type, order.sku],
        "taken": dict(order.taken),
        "status": order.status,
        "version": order.version,
        "history": [[step.at, step.status, step.actor, step.reason] for step in order.history],
    }
    filled = {
        "cash": money.to_list(order.cash),
        "limit_period": order.limit_period,
        "address": order.address,
        "payment": payment and [payment.intent_id, payment.client_secret, payment.expires_at],
        "refunds": [list(vars(refund).values()) for refund in order.refunds],
        "codes": list(order.codes),
        "voucher_terms": terms and [money.to_list(terms.worth), terms.valid_days],
        "voucher": voucher and [voucher.mac, voucher.sealed, voucher.expires_at],
        "shipment": shipment and [shipment.carrier, shipment.tracking_number],
        "signed": order.order_id.partition("-")[2],
        "returning": order.returning,
        "returned": order.returned,
        "restocked": order.restocked,
    }
    return item | {name: value for name, value in filled.items() if value}


def from_item(item: Mapping[str, Any]) -> Order:
    """The order that an item of the orders table holds."""
    product_id, product_name, product_type, sku = item["product"]
    return Order(
        **{name: item[name] for name in _PLAIN},
        order_id="-".join(filter(None, (item["pk"].partition("#")[2], item.get("signed")))),
        product_id=product_id,
        product_name=product_name,
        product_type=product_type,
        sku=sku,
        taken=item["taken"],
        cash=money.from_list(item.get("cash")),
        limit_period=item.get("limit_period", ""),
        address=item.get("address", False),
        history=tuple(Step(*line) for line in item["history"]),
        payment=Payment(*item["payment"]) if "payment" in item else None,
        refunds=tuple(Refund(*line) for line in item.get("refunds", ())),
        codes=tuple(item.get("codes", ())),
        voucher_terms=_terms(item.get("voucher_terms")),
        voucher=Voucher(*item["voucher"]) if "voucher" in item else None,
        shipment=Shipment(*item["shipment"]) if "shipment" in item else None,
        returning=item.get("returning", 0),
        returned=item.get("returned", 0),
        restocked=item.get("restocked", 0),
    )


def _terms(stored: list[Any] | None) -> VoucherTerms | None:
    return VoucherTerms(money.from_list(stored[0]), stored[1]) if stored else None


def by_status_key(order: Order) -> dict[str, str]:
    """Where an order stands in the index `by_status`: status, hour of its last step, bucket."""
    at = order.history[-1].at
    bucket = int.from_bytes(order.order_id.encode()[-2:]) % keys.STATUS_BUCKETS
    return {
        "gsi2pk": keys.by_status(order.status, utc_hour(at), bucket),
        "gsi2sk": f"{at:013d}#{order.order_id}",
    }


def waits(item: Mapping[str, Any]) -> bool:
    """Whether this is no order yet, but what was taken in for one that stands in line."""
    return "history" not in item


def opened(order: Order) -> Write:
    """The write of a new order; it means AlreadyDone when its key is taken.

    What the same request was taken in as gives way to the order that it has become.
    """
    item = to_item(order)
    if order.history[0].status != "queued":
        return put("orders", item, condition=ABSENT, refused=already_done)
    digest = order.request_hash
    return put("orders", item, condition=_MINE, refused=already_done, request_hash=digest)


def changed(before: Order, after: Order) -> Write:
    """The write that makes one state of an order the other. Stale when it has moved meanwhile.

    It names what differs and nothing else, so what a rival adds beside the state, such as how far
    the order was told, stays.
    """
    return writes.changed(
        "orders",
        to_item(before),
        to_item(after),
        condition="#status = :was AND #version = :was_version",
        was=before.status,
        was_version=before.version,
    )


def relayed(order: Order) -> Write:
    """The write that says this version was told.

    Stale when the order has moved on: then there is a newer version to tell.
    """
    return update(
        "orders",
        keys.order(order.order_id),
        "SET #relayed_version = :version",
        condition="#version = :version AND #relayed_version < :version",
        version=order.version,
    )
