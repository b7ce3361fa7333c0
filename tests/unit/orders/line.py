"""Redemptions that stand in line, for tests."""

import random

from mall.catalog.product import Product
from mall.orders.queueing import RedeemQueued, shard_of, signed_id

from tests.builders import any_id, any_instant, any_member, any_product

SECRET = b"a secret"


def any_queued_product(points: int = 0, **fixed: object) -> Product:
    """A product that is sold through the queue, and published."""
    return any_product(points, **{"stock_mode": "queued", "status": "published", **fixed})


def any_asked(product: Product | None = None, **fixed: object) -> RedeemQueued:
    """A redemption that was taken in; `fixed` names what is not anybody's business."""
    product = product or any_queued_product()
    member = str(fixed.get("member", any_member()))
    order_id = signed_id(any_id(), member, SECRET)
    fields: dict[str, object] = {
        "order_id": order_id,
        "member": member,
        "product_id": product.product_id,
        "product_name": product.name,
        "product_type": product.type,
        "sku": product.skus[0],
        "shard": shard_of(order_id, product.shards),
        "quantity": random.randint(1, 3),
        "points": product.price.points,
        "quoted": False,
        "address_id": None,
        "request_hash": random.randbytes(16).hex(),
        "enqueued_at": any_instant(),
    }
    return RedeemQueued.model_validate({**fields, **fixed})
