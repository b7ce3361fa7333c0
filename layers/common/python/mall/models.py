"""What every request and answer has in common, and the value types of the contract."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    WithJsonSchema,
)

MAX_INTEGER = 2**53 - 1  # the largest integer that every JSON client reads exactly

Points = Annotated[int, Field(strict=True, ge=1, le=MAX_INTEGER)]
NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
ShortText = Annotated[str, Field(min_length=1, max_length=120, pattern=NO_CONTROLS)]


def _text_only(value: object) -> object:
    """RFC 3339 is text; a number is no instant, whatever it may count."""
    if isinstance(value, datetime) or (isinstance(value, str) and "T" in value.upper()):
        return value
    raise ValueError("must be an RFC 3339 instant, such as 2026-11-22T09:30:00Z")


# Instants that a calendar can be asked about, in every zone and in every rounding.
Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_text_only),
    Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC)),
]


def _exact_only(value: object) -> object:
    """A JSON float has lost digits already; text and whole numbers have not."""
    if isinstance(value, (bool, float)):
        raise ValueError('must be a whole number or decimal text, such as "1.5"')
    return value


_DECIMAL = r"^[+-]?[0-9]+(\.[0-9]+)?$"  # as it is shown; requests may leave digits out
Exact = Annotated[
    Decimal,
    BeforeValidator(_exact_only),
    Field(max_digits=12, decimal_places=4, allow_inf_nan=False),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": _DECIMAL}]}),
]


def is_none(value: object) -> bool:
    """For fields that the contract leaves out when there is nothing to say."""
    return value is None


class Request(BaseModel):
    """A request body: unknown fields are refused, text is stripped."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class View(BaseModel):
    """An answer. `as_replay` marks it as the answer given before to the same key."""

    model_config = ConfigDict(frozen=True)

    _replayed: bool = PrivateAttr(default=False)
    _status: int | None = PrivateAttr(default=None)

    def as_replay(self) -> Self:
        """The same answer, to be sent with `Idempotent-Replayed: true`."""
        self._replayed = True
        return self

    def with_status(self, status: int) -> Self:
        """The same answer with a status other than the operation's first."""
        self._status = status
        return self
