"""Undoing: as the cart is refunded, its points return in proportion, to the very lots.

Every reversal moves `refunded` on from the value it read, so two at once cannot both take what is
left. A cart that is refunded whole has no discount any more and may get another one.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mall import keys
from mall.clock import Millis
from mall.errors import NotFound, RefundExceeds
from mall.points import ledger
from mall.points.discounts.burning import SOURCE, Discount, from_item
from mall.points.discounts.terms import points_for
from mall.points.discounts.views import ReversalView
from mall.points.ledger.entry import Entry, Lots, Source
from mall.points.ledger.lots import last_of
from mall.points.ledger.writes import append
from mall.writes import ABSENT, Write, update


def owned(item: Mapping[str, Any] | None, client: str) -> Discount:
    """The discount, if this partner burned it. Raises NotFound, also for another partner's."""
    if item is None or item["client"] != client:
        raise NotFound("There is no such discount.")
    return from_item(item)


def reverse(
    known: Discount, amount: int, head: Entry | None, now: Millis
) -> tuple[list[Write], ReversalView]:
    """The writes that return the points of a part of the cart's amount, and their answer.

    Raises RefundExceeds(amount_left), AccountClosed and PointsLimit.
    """
    refunded = known.refunded + amount
    if refunded > known.amount:
        raise RefundExceeds(amount_left=known.amount - known.refunded)
    returned = points_for(known.points, known.amount, refunded)
    back = last_of(known.left, returned - known.points_returned)
    after = replace(
        known, refunded=refunded, points_returned=returned, left=_without(known.left, back)
    )
    writes = [_save(known, after), *_returned(known, back, head, now), *_released(after)]
    return writes, ReversalView(
        discount_id=known.discount_id,
        points=sum(back.values()),
        points_returned=returned,
        amount_left=after.amount - refunded,
    )


def _returned(known: Discount, back: Lots, head: Entry | None, now: Millis) -> list[Write]:
    """The entries of a reversal; one too small for a point makes none."""
    if not back:
        return []
    posting = ledger.open_posting(known.member, head, now)
    ledger.refund(posting, back, Source(SOURCE, known.discount_id))
    return append(posting)


def _without(left: Lots, back: Lots) -> dict[str, int]:
    kept = {lot: points - back.get(lot, 0) for lot, points in left.items()}
    return {lot: points for lot, points in kept.items() if points}


def _save(known: Discount, after: Discount) -> Write:
    return update(
        "points",
        keys.discount(known.discount_id),
        "SET #refunded = :refunded, #points_returned = :points_returned, #left = :left",
        condition="#refunded = :was",
        was=known.refunded,
        refunded=after.refunded,
        points_returned=after.points_returned,
        left=dict(after.left),
    )


def _released(after: Discount) -> list[Write]:
    """The cart's item, taken away once the whole cart is refunded."""
    if after.refunded < after.amount:
        return []
    return [
        Write(
            "Delete",
            "points",
            keys.cart(after.client, after.cart_id),
            condition=f"{ABSENT} OR #discount_id = :discount_id",
            values={"discount_id": after.discount_id},
        )
    ]
