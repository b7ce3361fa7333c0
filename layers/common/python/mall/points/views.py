"""What the points operations take and show."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mall.clock import Millis, instant
from mall.models import MAX_INTEGER, Request, ShortText, View, is_none
from mall.points.ledger.entry import Entry, Lot, State, instant_of

Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^#\s\x00-\x1f\x7f]+$")]


class BalanceLotView(View):
    """Points that share an expiry."""

    points: int
    expires_at: str


class BalanceView(View):
    """A member's account at one instant."""

    available: int
    pending: int
    debt: int
    lifetime_earned: int
    tier: str
    revision: int
    as_of: str
    expiring: list[BalanceLotView]


class BalanceAfterView(View):
    """The account right after an entry."""

    available: int
    pending: int
    debt: int


class SourceView(View):
    """What caused a movement."""

    type: str
    id: str


class TouchedLotView(View):
    """A lot that a movement touched: signed points; `expires_at` null for never."""

    points: int
    expires_at: str | None


class EntryView(View):
    """One line of a statement. `hash` is hex."""

    revision: int
    at: str
    kind: str
    points: int
    balance_after: BalanceAfterView
    source: SourceView
    lots: list[TouchedLotView]
    note: str | None = Field(default=None, exclude_if=is_none)
    hash: str


class EntryListView(View):
    """One page of a statement, newest first."""

    items: list[EntryView]
    next_cursor: str | None


class VerdictView(View):
    """What replaying a chain found."""

    valid: bool
    entries: int
    first_bad_revision: int | None = Field(default=None, exclude_if=is_none)


class MemberReference(Request):
    """A member, by id or by confirmed e-mail address; exactly one of the two."""

    user_id: Id | None = None
    email: Annotated[str, Field(min_length=3, max_length=254)] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.user_id is None) == (self.email is None):
            raise ValueError("give either user_id or email")
        return self


class AdjustRequest(Request):
    """A signed correction of a member's points, with its reason."""

    user_id: Id
    points: Annotated[int, Field(strict=True, ge=-MAX_INTEGER, le=MAX_INTEGER)]
    reason: ShortText

    @model_validator(mode="after")
    def _moves_something(self) -> Self:
        if self.points == 0:
            raise ValueError("points must not be 0")
        return self


class AdjustmentView(View):
    """An adjustment, and the entry that it made once it was applied.

    One that waited names who decided on it, too. There is no reason any more once it was erased.
    """

    adjustment_id: str
    user_id: str
    points: int
    reason: str | None = Field(default=None, exclude_if=is_none)
    status: Literal["applied", "waiting_approval", "rejected"]
    revision: int | None = Field(default=None, exclude_if=is_none)
    asked_by: str
    asked_at: str
    approved_by: str | None = Field(default=None, exclude_if=is_none)
    approved_at: str | None = Field(default=None, exclude_if=is_none)
    rejected_by: str | None = Field(default=None, exclude_if=is_none)
    rejected_at: str | None = Field(default=None, exclude_if=is_none)

    def with_reason(self, reason: str | None) -> Self:
        """The same answer with this reason: a receipt keeps none, for it would outlive a person."""
        return self.model_copy(update={"reason": reason})


class ClockRequest(Request):
    """The sandbox's clock: this many seconds from real time, up to ten years either way."""

    offset_s: Annotated[int, Field(strict=True, ge=-315_360_000, le=315_360_000)]


class ClockView(View):
    """The stage's clock."""

    offset_s: int
    now: str


def balance(state: State, revision: int, at: Millis, tier: str) -> BalanceView:
    """The account as a member reads it; lots that never expire are not among the expiring."""
    return BalanceView(
        available=state.available,
        pending=state.pending_points,
        debt=state.debt,
        lifetime_earned=state.totals.granted,
        tier=tier,
        revision=revision,
        as_of=instant(at),
        expiring=[
            BalanceLotView(points=points, expires_at=expires_at)
            for lot, points in sorted(state.lots.items())
            if (expires_at := _expiry(lot))
        ],
    )


def statement_line(entry: Entry, notes: Mapping[str, str]) -> EntryView:
    """An entry as a statement shows it; `notes` gives the text of note ids that still stand."""
    after = entry.after
    lots = [
        TouchedLotView(points=points, expires_at=_expiry(lot))
        for lot, points in sorted(entry.lots.items())
    ]
    return EntryView(
        revision=entry.revision,
        at=instant(entry.at),
        kind=entry.kind,
        points=entry.points,
        balance_after=BalanceAfterView(
            available=after.available, pending=after.pending_points, debt=after.debt
        ),
        source=SourceView(type=entry.source.type, id=entry.source.id),
        lots=lots,
        note=notes.get(entry.note.id) if entry.note else None,
        hash=entry.hash.hex(),
    )


def _expiry(lot: Lot) -> str | None:
    ends_at = instant_of(lot)
    return None if ends_at is None else instant(ends_at)
