"""What a rule can ask of an event: the facts, told in plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from mall.clock import Millis
from mall.points.calendar import Calendar

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AttributeValue = str | int | bool


@dataclass(frozen=True)
class Line:
    """One line of a purchase. `amount` is the line's total in minor units, 0 or more."""

    amount: int
    sku: str | None = None
    category: str | None = None
    product_type: str | None = None
    quantity: int = 1


@dataclass(frozen=True)
class Facts:
    """An event as the rules see it.

    `tier_id` and `tier_multiplier` are the member's tier at arrival (or at the quote); the
    multiplier is exact and at least 1. `program_version` is the version of the program's settings
    that the tier is from.
    """

    event_type: str
    occurred_at: Millis
    calendar: Calendar
    currency: str | None = None
    lines: tuple[Line, ...] = ()
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    tier_id: str = ""
    tier_multiplier: Fraction | Decimal = Fraction(1)
    first_purchase: bool = False
    program_version: int = 1

    @cached_property
    def amount(self) -> int:
        """The sum of all lines, in minor units."""
        return sum(self.amounts)

    @cached_property
    def amounts(self) -> tuple[int, ...]:
        """The amount of each line, in minor units."""
        return tuple(line.amount for line in self.lines)

    @cached_property
    def day(self) -> str:
        """The program day, `yyyymmdd`, on which the event occurred."""
        return self.calendar.day(self.occurred_at)
