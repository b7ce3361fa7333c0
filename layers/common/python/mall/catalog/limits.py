"""Limits per member: how many units of a product one member may redeem, ever or in a period.

The count is an item in the member's partition of the catalog, conditioned in the transaction that
takes the units; whoever gives them back frees the limit in the same one.
"""

from mall import keys
from mall.catalog.product import MemberLimit, Product
from mall.clock import DAY_MS, Millis
from mall.errors import LimitReached
from mall.points.calendar import Calendar, period_of
from mall.writes import Write, update

_KEPT_DAYS = 400  # longer than any period and than any order stays cancellable


def period(limit: MemberLimit, calendar: Calendar, now: Millis) -> str:
    """The period that an order placed now counts in, by name."""
    return period_of(calendar.day(now), limit.per)


def count(product: Product, member: str, units: int, period: str, now: Millis) -> list[Write]:
    """Write part that counts a member's units against the product's limit, if it has one.

    Means LimitReached(limit) when refused.
    """
    limit = product.limit_per_member
    if limit is None:
        return []
    if units > limit.units:
        raise LimitReached(limit=limit.units)
    kept = limit.per != "ever"
    return [
        update(
            "catalog",
            keys.limit(member, product.product_id, period),
            "SET #ttl = :ttl ADD #units :units" if kept else "ADD #units :units",
            condition="attribute_not_exists(#units) OR #units <= :room",
            refused=lambda _: LimitReached(limit=limit.units),
            units=units,
            room=limit.units - units,
            more={"ttl": (now + _KEPT_DAYS * DAY_MS) // 1000} if kept else {},
        )
    ]


def refuse_full(limit: MemberLimit, counted: int, units: int) -> None:
    """Raise LimitReached(limit) where a count that was looked at leaves no room."""
    if counted + units > limit.units:
        raise LimitReached(limit=limit.units)


def free(member: str, product_id: str, units: int, period: str) -> Write:
    """Write part that frees a member's limit again, in the period that it was counted in."""
    key = keys.limit(member, product_id, period)
    return update("catalog", key, "ADD #units :units", units=-units)
