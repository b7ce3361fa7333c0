"""Domain events: what the points domain tells the world of what was committed.

Ids and numbers, never personal data. Delivered at least once and in any order: `event_id` is the
same every time, and `revision` orders the entries of one member without gaps.
"""

from typing import Literal

from pydantic import BaseModel, Field

from mall.clock import instant
from mall.ids import derived_id
from mall.points.ledger.entry import Entry, Kind
from mall.points.reports.notices import Notice

SOURCE = "points-mall.points"
EXPIRING = "points.expiring"


class FactSource(BaseModel):
    """What caused a movement, such as an order or a purchase."""

    type: str
    id: str


class PointsMoved(BaseModel):
    """`points.<kind>`: one entry of a member's ledger. The balances are those right after it."""

    event_id: str
    schema_version: Literal[1] = 1
    member: str
    revision: int = Field(ge=1)
    at: str
    kind: Kind
    points: int
    available: int = Field(ge=0)
    pending: int = Field(ge=0)
    debt: int = Field(ge=0)
    source: FactSource


class PointsExpiring(BaseModel):
    """`points.expiring`: points that end in so many days if the member does nothing."""

    event_id: str
    schema_version: Literal[1] = 1
    member: str
    at: str
    points: int = Field(ge=1)
    expires_at: str
    days: int = Field(ge=1)


def moved(entry: Entry) -> tuple[str, PointsMoved]:
    """The type and the detail of the event that tells of an entry."""
    after = entry.after
    detail = PointsMoved(
        event_id=derived_id("points moved", entry.member, str(entry.revision)),
        member=entry.member,
        revision=entry.revision,
        at=instant(entry.at),
        kind=entry.kind,
        points=entry.points,
        available=after.available,
        pending=after.pending_points,
        debt=after.debt,
        source=FactSource(type=entry.source.type, id=entry.source.id),
    )
    return f"points.{entry.kind}", detail


def expiring(notice: Notice) -> tuple[str, PointsExpiring]:
    """The type and the detail of the event that tells of points about to end."""
    detail = PointsExpiring(
        event_id=derived_id("points expiring", notice.member, notice.lot, str(notice.days)),
        member=notice.member,
        at=instant(notice.at),
        points=notice.points,
        expires_at=instant(notice.expires_at),
        days=notice.days,
    )
    return EXPIRING, detail
