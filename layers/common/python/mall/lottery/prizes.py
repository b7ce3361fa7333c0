"""Prizes that are delivered: an order like that of a redemption, at no price, of a unit set aside.

The units of a limited prize leave the catalog's stock when the lottery opens, so a prize that was
won is always there; when it closes, what nobody won goes back. An order that is cancelled gives its
unit to the shard that it came from.
"""

from dataclasses import dataclass

from mall.clock import Millis
from mall.ids import derived_id
from mall.lottery.lottery import Lottery, goods_key
from mall.lottery.table import Prize
from mall.orders.items import opened
from mall.orders.order import SYSTEM, Order, Step
from mall.writes import Write

_REASON = "prize"


@dataclass(frozen=True)
class PrizeOrder:
    """The id of a prize's order, and the write that places it."""

    order_id: str
    write: Write


def as_order(lottery: Lottery, prize: Prize, member: str, won_by: str, at: Millis) -> PrizeOrder:
    """The order of a prize that a draw, or a ticket, has won."""
    goods = lottery.goods[goods_key(prize.product_id, prize.sku)]
    order = Order(
        order_id=derived_id("order", "prize", won_by),
        member=member,
        product_id=goods.product_id,
        product_name=goods.name,
        product_type=goods.type,
        sku=goods.sku,
        quantity=1,
        points=0,
        placed_at=at,
        request_hash=b"",
        taken={str(goods.shard): 1} if goods.counted else {},
        spent_revision=0,
        voucher_terms=goods.voucher_terms,
        history=(Step(at, "placed", SYSTEM, _REASON),),
    )
    return PrizeOrder(order.order_id, opened(order))
