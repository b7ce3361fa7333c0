"""The loyalty program's settings: what earning gives, when it expires, what a refund takes back."""

from dataclasses import dataclass
from typing import Literal

from mall.clock import Millis
from mall.points.calendar import NEVER, Calendar, Day

ClawBackPolicy = Literal["within_balance", "unlimited"]


@dataclass(frozen=True)
class BaseRule:
    """`points` for every whole `per_amount` (minor units of `currency`) of a purchase."""

    rule_id: str = "base"
    version: int = 1
    points: int = 1
    per_amount: int = 100
    currency: str = "USD"


@dataclass(frozen=True)
class Program:
    """One version of the settings. `expires_after_months` is None for points that never expire."""

    version: int = 1
    zone: str = "UTC"
    base_rule: BaseRule = BaseRule()
    expires_after_months: int | None = 12
    claw_back_policy: ClawBackPolicy = "within_balance"
    event_age_days_max: int = 90

    @property
    def calendar(self) -> Calendar:
        """The calendar of the program's time zone."""
        return Calendar(self.zone)

    def expiry_day(self, earned_at: Millis) -> Day:
        """The lot that points earned at an instant go to."""
        if self.expires_after_months is None:
            return NEVER
        return self.calendar.month_end_after(earned_at, self.expires_after_months)


PROGRAM = Program()
