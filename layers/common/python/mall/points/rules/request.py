"""A rule as an admin writes it: shapes and limits of each field.

What fields say of one another, and of the program's settings, is checked in `checking`, which names
the field of each fault.
"""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, field_serializer

from mall.clock import instant, millis
from mall.models import MAX_INTEGER, NO_CONTROLS, Exact, Instant, Points, Request, ShortText
from mall.money import Currency
from mall.points.program.settings import Money, Name
from mall.points.rules.active import Kind, Per, Period, Stacking

RULE_ID = r"^[A-Za-z0-9_-]{1,64}$"
NAMES_MAX = 100
PER_AMOUNT_MAX = 10**12
POINTS_MAX = 1_000_000

RuleId = Annotated[str, Field(pattern=RULE_ID)]
Names = Annotated[tuple[ShortText, ...], Field(max_length=NAMES_MAX)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
TEXT_LENGTH_MAX = 120


def _attribute_value(value: object) -> str | int | bool:
    """What an event's attribute can be, kind and all: no number is read out of a text."""
    text = value.strip() if isinstance(value, str) else ""
    if re.match(NO_CONTROLS, text) and 1 <= len(text) <= TEXT_LENGTH_MAX:
        return text
    if isinstance(value, int) and abs(value) <= MAX_INTEGER:
        return value
    raise ValueError("must be text of 1 to 120 characters, a whole number, true or false")


Value = Annotated[
    str | int | bool,
    PlainValidator(_attribute_value),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}]}),
]


def _truth(value: object) -> object:
    """`true`, which a 1 is not."""
    if isinstance(value, bool):
        return value
    raise ValueError("must be true, or left out")


WholeNumber = Annotated[int, Field(strict=True, ge=-MAX_INTEGER, le=MAX_INTEGER)]


class RuleGives(Request):
    """What a rule gives: a rate, fixed points, a multiplier or a bonus; exactly one of them.

    A rate has `points` (a decimal), `per_amount` (minor units) and `currency`.
    """

    points: Annotated[Exact, Field(gt=0, le=POINTS_MAX)] | None = None
    per_amount: Annotated[int, Field(strict=True, ge=1, le=PER_AMOUNT_MAX)] | None = None
    currency: Currency | None = None
    whole_units: Annotated[bool, Field(strict=True)] | None = None
    multiplier: Annotated[Exact, Field(gt=1, le=100)] | None = None
    bonus: Annotated[int, Field(strict=True, ge=1, le=POINTS_MAX)] | None = None


class RuleScope(Request):
    """Lines by SKU, category and product type, and those that are excluded."""

    skus: Names = ()
    categories: Names = ()
    product_types: Names = ()
    excluded_skus: Names = ()
    excluded_categories: Names = ()
    excluded_product_types: Names = ()


class RuleMinimum(Request):
    """A purchase of so many minor units of a currency, or more."""

    amount: Annotated[Money, Field(ge=1)]
    currency: Currency


class RuleAttribute(Request):
    """What an attribute of the event must be: exactly one of the four."""

    name: Name
    equals: Value | None = None
    one_of: Annotated[tuple[Value, ...], Field(min_length=1, max_length=20)] | None = None
    at_least: WholeNumber | None = None
    at_most: WholeNumber | None = None


class RuleConditions(Request):
    """What must hold of an event beside the window; all of it."""

    weekdays: Annotated[tuple[Weekday, ...], Field(max_length=7)] = ()
    tiers: Annotated[tuple[Name, ...], Field(max_length=20)] = ()
    first_purchase: Annotated[Literal[True], BeforeValidator(_truth)] | None = None
    minimum_amount: RuleMinimum | None = None
    attributes: Annotated[tuple[RuleAttribute, ...], Field(max_length=10)] = ()


class RuleBudget(Request):
    """Points that a rule may give in the whole program, ever."""

    points: Points


class RuleCap(Request):
    """Points that a rule may give a member, or the program, in a period."""

    per: Per
    period: Period
    points: Points


class RuleRequest(Request):
    """One version of a rule. The window is half open and compared with `occurred_at`."""

    rule_id: RuleId | None = None
    name: ShortText
    kind: Kind
    gives: RuleGives
    event_types: Annotated[tuple[Name, ...], Field(min_length=1, max_length=20)] = ("purchase",)
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    scope: RuleScope = RuleScope()
    conditions: RuleConditions = RuleConditions()
    priority: Annotated[int, Field(strict=True, ge=-1_000_000, le=1_000_000)] = 0
    stacking: Stacking = "best"
    budget: RuleBudget | None = None
    caps: Annotated[tuple[RuleCap, ...], Field(max_length=8)] = ()

    @field_serializer("starts_at", "ends_at")
    def _as_shown(self, moment: datetime | None) -> str | None:
        return instant(millis(moment)) if moment else None


class RetireRequest(Request):
    """When active versions end (now, if left out), and which one (all, if left out)."""

    at: Instant | None = None
    version: Annotated[int, Field(strict=True, ge=1)] | None = None
