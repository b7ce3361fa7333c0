"""What a partner tells of, and what it is told in return."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from mall.clock import DAY_MS, Millis, millis
from mall.errors import Invalid
from mall.models import MAX_INTEGER, Instant, Points, Request, ShortText, View
from mall.money import Currency
from mall.points.program.settings import (
    PURCHASE,
    REFUNDED,
    Attribute,
    Name,
    ProgramSettings,
)
from mall.points.views import Id, MemberReference

LINES_MAX = 100
AMOUNT_MAX = 10**12
EventStatus = Literal["granted", "duplicate", "no_rule", "clawed_back", "waiting"]
Integer = Annotated[int, Field(strict=True, ge=-MAX_INTEGER, le=MAX_INTEGER)]
AttributeValue = bool | Integer | ShortText
_KINDS: Mapping[str, type] = {"text": str, "integer": int, "boolean": bool}


class PurchaseLine(Request):
    """One line of a purchase. `amount` is the line's total in minor units, after any discount."""

    sku: ShortText | None = None
    category: ShortText | None = None
    product_type: ShortText | None = None
    quantity: Points
    amount: Annotated[int, Field(strict=True, ge=0, le=AMOUNT_MAX)]


class EventRequest(Request):
    """Something that happened to a member at a partner's.

    `type` is `purchase`, `purchase_refunded`, `review`, `referral`, `profile_completed`, or one
    that the program's settings define. A refund names the purchase in `refunds_event_id`; without
    lines it refunds all of it.
    """

    event_id: Id
    type: Name
    member: MemberReference
    occurred_at: Instant
    currency: Currency | None = None
    lines: Annotated[tuple[PurchaseLine, ...], Field(max_length=LINES_MAX)] = ()
    attributes: Annotated[dict[ShortText, AttributeValue], Field(max_length=20)] = Field(
        default_factory=dict
    )
    refunds_event_id: Id | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.type == PURCHASE:
            if not self.lines or self.currency is None or self.refunds_event_id:
                raise ValueError("a purchase has currency and lines, and refunds nothing")
        elif self.type == REFUNDED:
            self._complete_refund()
        elif self.lines or self.currency or self.refunds_event_id:
            raise ValueError("only purchases and their refunds have currency and lines")
        return self

    @field_validator("lines")
    @classmethod
    def _cost_something(cls, lines: tuple[PurchaseLine, ...]) -> tuple[PurchaseLine, ...]:
        if lines and not any(line.amount for line in lines):
            raise ValueError("the amounts sum to nothing")
        return lines

    def _complete_refund(self) -> None:
        if self.refunds_event_id is None:
            raise ValueError("a purchase_refunded names the purchase in refunds_event_id")
        if self.refunds_event_id == self.event_id:
            raise ValueError("an event cannot refund itself")
        if self.lines and self.currency is None:
            raise ValueError("a refund of lines names their currency")

    @property
    def amount(self) -> int:
        """The sum of the lines, in minor units."""
        return sum(line.amount for line in self.lines)

    @property
    def refunds(self) -> bool:
        """Whether this takes a purchase back."""
        return self.type == REFUNDED

    @property
    def about(self) -> str:
        """The event id of what this is about: the purchase for a refund, else its own."""
        return self.refunds_event_id or self.event_id


class ExplainView(View):
    """What one rule version gave, or why it gave nothing.

    `code` is `granted`, `capped` (a cap or budget took all or, in `capped`, a part away), or why
    the rule did not apply. `points` is signed: a claw back takes.
    """

    rule_id: str
    version: int
    points: int
    capped: int = 0
    code: str
    reason: str


class EventView(View):
    """What an event came to. `points` is signed; `pending` is the part that waits."""

    event_id: str
    status: EventStatus
    points: int
    pending: int
    explain: list[ExplainView]


def check(event: EventRequest, settings: ProgramSettings, now: Millis) -> None:
    """Hold an event against the program's settings. Raises Invalid with every fault."""
    faults = [*_time_faults(event, settings, now), *_attribute_faults(event, settings)]
    if not (event.refunds or settings.knows(event.type)):
        faults.append({"field": "type", "message": "The program knows no such type of event."})
    if faults:
        raise Invalid(faults=faults)


def _time_faults(
    event: EventRequest, settings: ProgramSettings, now: Millis
) -> list[dict[str, str]]:
    occurred = millis(event.occurred_at)
    message = ""
    if occurred > now:
        message = "This is in the future."
    elif occurred < now - settings.event_age_days_max * DAY_MS:
        message = f"This is more than {settings.event_age_days_max} days ago."
    return [{"field": "occurred_at", "message": message}] if message else []


def _attribute_faults(event: EventRequest, settings: ProgramSettings) -> list[dict[str, str]]:
    declared = settings.attributes_of(event.type)
    if declared is None:
        return []
    known = {attribute.name: attribute for attribute in declared}
    faults = {name: _fault(known.get(name), value) for name, value in event.attributes.items()}
    missing = [a.name for a in declared if a.required and a.name not in event.attributes]
    faults |= dict.fromkeys(missing, "This is required.")
    return [
        {"field": f"attributes.{name}", "message": message}
        for name, message in faults.items()
        if message
    ]


def _fault(declared: Attribute | None, value: AttributeValue) -> str:
    if declared is None:
        return "This type of event has no such attribute."
    if type(value) is not _KINDS[declared.kind]:
        return f"This must be of the kind {declared.kind}."
    if declared.one_of and value not in declared.one_of:
        return f"This must be one of {', '.join(declared.one_of)}."
    return ""
