"""The program's settings: one document that an admin edits, and that every decision is made by.

What is left out has the default shown here. Points are whole numbers, money is in minor units of
its currency, rates are exact decimals (text or whole numbers, never JSON floats).
"""

from collections.abc import Hashable, Sequence
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, field_validator, model_validator

from mall.models import Exact, Points, Request, ShortText
from mall.money import Currency
from mall.points.ledger.movements import ClawBackPolicy
from mall.points.program.expiry import Expiry, RollingMonths

PURCHASE = "purchase"
REFUNDED = "purchase_refunded"
REFERRAL = "referral"
BUILT_IN_TYPES = (PURCHASE, "review", REFERRAL, "profile_completed")
BASE_TIER = "base"

Money = Annotated[int, Field(strict=True, ge=0, le=10**12)]
Count = Annotated[int, Field(strict=True, ge=0, le=2**53 - 1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


@cache
def _zones() -> frozenset[str]:
    """All zones, looked up once: finding them walks hundreds of files."""
    return frozenset(available_timezones())


def _known_zone(zone: str) -> str:
    if zone not in _zones():
        raise ValueError("must be an IANA time zone, such as Europe/Berlin")
    return zone


def _distinct(values: Sequence[Hashable], what: str) -> None:
    if len(set(values)) != len(values):
        raise ValueError(f"{what} must differ")


class Tier(Request):
    """Members with `threshold` qualifying points or more earn `multiplier` times the base."""

    tier_id: Name
    name: ShortText
    threshold: Points
    multiplier: Annotated[Exact, Field(ge=1, le=100)] = Decimal(1)


class Discounts(Request):
    """What points are worth at the shop's checkout: `points` take `worth` minor units off."""

    points: Points
    worth: Annotated[int, Field(strict=True, ge=1, le=10**12)]
    share_max: Annotated[Exact, Field(gt=0, le=1)] = Decimal(1)
    points_min: Points = 1
    quote_minutes: Annotated[int, Field(strict=True, ge=1, le=1440)] = 15


class Transfers(Request):
    """Members may give points to each other, up to `daily_limit` a program day each."""

    daily_limit: Points


class Milestone(Request):
    """Points on top of the day's when a streak reaches a length."""

    streak: Annotated[int, Field(strict=True, ge=1, le=3660)]
    points: Points


class CheckIns(Request):
    """What each day of a streak gives: `cycle` over and over, and milestones on top."""

    cycle: Annotated[tuple[Count, ...], Field(min_length=1, max_length=366)]
    milestones: Annotated[tuple[Milestone, ...], Field(max_length=50)] = ()

    @field_validator("milestones")
    @classmethod
    def _differ(cls, milestones: tuple[Milestone, ...]) -> tuple[Milestone, ...]:
        _distinct([milestone.streak for milestone in milestones], "streaks")
        return milestones


class Referrals(Request):
    """What both get when a referred member's first purchase is of `minimum_amount` or more.

    A referrer is rewarded for `rewards_max` members at most.
    """

    referrer_points: Count
    referred_points: Count
    minimum_amount: Money = 0
    rewards_max: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] = 100


class Attribute(Request):
    """An attribute that an event of some type may carry; `one_of` is for text."""

    name: Name
    kind: Literal["text", "integer", "boolean"]
    required: bool = False
    one_of: Annotated[tuple[ShortText, ...], Field(max_length=100)] = ()


class EventType(Request):
    """A type of event: an activity of the program's own, or more about a built-in one."""

    type: Name
    attributes: Annotated[tuple[Attribute, ...], Field(max_length=20)] = ()

    @field_validator("attributes")
    @classmethod
    def _differ(cls, attributes: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
        _distinct([attribute.name for attribute in attributes], "names")
        return attributes


class ProgramSettings(Request):
    """The whole document. `pending_days` is the return window in which points wait.

    `grace_days` is how long points live that are reissued by the merchant's fault; it waits for
    cancellations by the merchant, which no operation makes yet. Tiers count what was earned and not
    taken back, ever or in the current month and the eleven before.
    """

    zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    currency: Currency = "USD"
    expiry: Expiry = RollingMonths(policy="rolling_months", months=12)
    expiry_counted_from: Literal["earning", "activation"] = "earning"
    pending_days: Annotated[int, Field(strict=True, ge=0, le=366)] = 0
    claw_back_policy: ClawBackPolicy = "within_balance"
    grace_days: Annotated[int, Field(strict=True, ge=1, le=366)] = 30
    event_age_days_max: Annotated[int, Field(strict=True, ge=1, le=3660)] = 90
    unknown_members: Literal["keep", "refuse"] = "refuse"
    tiers: Annotated[tuple[Tier, ...], Field(max_length=20)] = ()
    tier_basis: Literal["lifetime", "twelve_months"] = "lifetime"
    event_types: Annotated[tuple[EventType, ...], Field(max_length=100)] = ()
    check_in: CheckIns | None = None
    referral: Referrals | None = None
    transfers: Transfers | None = None
    discounts: Discounts | None = None
    adjustment_approval_threshold: Count = 10_000
    payment_timeout_minutes: Annotated[int, Field(strict=True, ge=5, le=1440)] = 30

    @field_validator("tiers")
    @classmethod
    def _ascend(cls, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        _distinct([BASE_TIER, *(tier.tier_id for tier in tiers)], f"tier_ids (and {BASE_TIER})")
        if any(below.threshold >= above.threshold for below, above in pairwise(tiers)):
            raise ValueError("thresholds must ascend")
        return tiers

    @field_validator("event_types")
    @classmethod
    def _own_types(cls, types: tuple[EventType, ...]) -> tuple[EventType, ...]:
        _distinct([each.type for each in types], "types")
        if any(each.type == REFUNDED for each in types):
            raise ValueError("a refund has no attributes of its own")
        return types

    @model_validator(mode="after")
    def _discounts_are_money(self) -> Self:
        if self.discounts and self.discounts.points_min > self.discounts.points * 10**6:
            raise ValueError("discounts.points_min is out of proportion to discounts.points")
        return self

    def attributes_of(self, event_type: str) -> tuple[Attribute, ...] | None:
        """What events of a type may carry; None for a type that says nothing of it."""
        found = (each.attributes for each in self.event_types if each.type == event_type)
        return next(found, None)

    def knows(self, event_type: str) -> bool:
        """Whether events of a type are taken."""
        return event_type in BUILT_IN_TYPES or self.attributes_of(event_type) is not None

    def money_terms(self) -> tuple[object, ...]:
        """What turns points into money, or lets one admin move many: two must agree to it."""
        terms = (self.discounts, self.discounts and self.currency)
        return (*terms, self.adjustment_approval_threshold)
