"""A member's standing: what first purchase and tier are judged by.

It is one item per member, written with each grant and claw back under a version condition, so it
is exact whatever runs at once. Tier and first purchase are those at arrival.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from mall import keys
from mall.clock import Millis
from mall.points.calendar import months_later
from mall.points.program import Program
from mall.points.program.settings import BASE_TIER, Tier
from mall.writes import Write, put_version

_MONTHS_KEPT = 24  # twice what a tier looks back, for events that come late
_MONTHS_COUNTED = 12


@dataclass(frozen=True)
class Standing:
    """How many purchases arrived, and the points earned and not taken back, ever and by month."""

    member: str
    version: int = 0
    purchases: int = 0
    lifetime: int = 0
    months: Mapping[str, int] = field(default_factory=dict)

    def counting(self, points: int, month: str) -> "Standing":
        """The standing with points earned by (or, negative, taken back of) an event of a month."""
        months = {**self.months, month: self.months.get(month, 0) + points}
        kept = sorted(months)[-_MONTHS_KEPT:]
        return replace(
            self,
            lifetime=self.lifetime + points,
            months={month: months[month] for month in kept if months[month]},
        )

    def tier(self, program: Program, now: Millis) -> Tier:
        """The tier at an instant: the highest whose threshold is reached, or the base tier."""
        settings = program.settings
        points = self.lifetime
        if settings.tier_basis == "twelve_months":
            points = self._within_a_year(program.calendar.date(now))
        reached = [tier for tier in settings.tiers if tier.threshold <= points]
        return reached[-1] if reached else BASE

    def _within_a_year(self, today: date) -> int:
        first = months_later(today.replace(day=1), 1 - _MONTHS_COUNTED).strftime("%Y%m")
        return sum(points for month, points in self.months.items() if month >= first)


BASE = Tier(tier_id=BASE_TIER, name="Base", threshold=1, multiplier=Decimal(1))


def save(standing: Standing) -> Write:
    """The write of a changed standing; Stale when a rival changed it too."""
    item = {
        **keys.standing(standing.member),
        "purchases": standing.purchases,
        "lifetime": standing.lifetime,
        "months": dict(standing.months),
    }
    return put_version("points", item, standing.version)


def from_item(member: str, item: Mapping[str, Any] | None) -> Standing:
    """The standing as stored, or that of a member without events."""
    if item is None:
        return Standing(member)
    return Standing(member, item["version"], item["purchases"], item["lifetime"], item["months"])
