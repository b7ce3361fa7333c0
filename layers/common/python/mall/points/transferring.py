"""Transfers: points that one member gives to another, with the expiries that they have.

Both legs are entries of one transaction, so no point is ever in both accounts or in neither. What
goes to whom is kept by ids; the note is free text of both and stands with each of them.
"""

from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field

from mall import keys
from mall.clock import Millis
from mall.errors import DailyLimitReached, NotFound, NotOffered, OwnAccount
from mall.models import Points, Request, ShortText, View
from mall.points import ledger, notes
from mall.points.ledger import Grant, Posting
from mall.points.ledger.entry import Entry, Lots, Note, Source
from mall.points.ledger.writes import append
from mall.points.program import Program
from mall.points.program.settings import Transfers
from mall.writes import Item, Write, put, update

_KEPT_DAYS = 3


class TransferRequest(Request):
    """Points for another member, who is found by a confirmed e-mail address."""

    to_email: Annotated[str, Field(min_length=3, max_length=254)]
    points: Points
    note: ShortText | None = None


class TransferView(View):
    """A transfer that was made. `revision` is that of the giver's entry."""

    transfer_id: str
    points: int
    to_email: str
    revision: int

    def to(self, email: str) -> Self:
        """The same answer with this address: a receipt keeps none, it would outlive a person."""
        return self.model_copy(update={"to_email": email})


@dataclass(frozen=True)
class Transfer:
    """What a member asks for. `salts` are two secrets, one for each one's note."""

    transfer_id: str
    giver: str
    receiver: str
    points: int
    note: str | None
    salts: tuple[str, str]

    @property
    def source(self) -> Source:
        """What caused both entries."""
        return Source("transfer", self.transfer_id)

    def notes(self) -> tuple[list[Write], Note | None, Note | None]:
        """The writes that keep the note with both, and what each one's entry says of it."""
        if self.note is None:
            return [], None, None
        given, received = (
            notes.written(member, self.transfer_id, self.note, salt)
            for member, salt in zip((self.giver, self.receiver), self.salts, strict=True)
        )
        return [given[0], received[0]], given[1], received[1]


def offered(program: Program) -> Transfers:
    """What the program says of transfers. Raises NotOffered."""
    if program.settings.transfers is None:
        raise NotOffered("The program has no transfers.")
    return program.settings.transfers


def refuse_own(giver: str, receiver: str) -> None:
    """Refuse a transfer to oneself. Raises OwnAccount."""
    if giver == receiver:
        raise OwnAccount()


def transfer(
    asked: Transfer, giver: Entry | None, receiver: Entry | None, program: Program, now: Millis
) -> tuple[list[Write], TransferView]:
    """The writes of a transfer between two heads, and its answer.

    Raises AccountClosed (the giver's), NotFound (a receiver whose account is closed),
    InsufficientPoints(available) and PointsLimit; refused as DailyLimitReached(limit, left).
    """
    texts, given, received = asked.notes()
    out = ledger.open_posting(asked.giver, giver, now)
    program.note_activity(out, out.at)
    ledger.spend(out, "transfer_out", asked.points, asked.source, note=given)
    revision = out.entries[-1].revision
    taken = {lot: -points for lot, points in out.entries[-1].lots.items()}
    into = ledger.open_posting(asked.receiver, receiver, now)
    if into.state.closed:
        raise NotFound("There is no such member.")
    arriving = _landed(taken, into, program)
    ledger.credit_lots(into, "transfer_in", arriving, asked.source, note=received)
    counted = _counted(asked, out.at, program)
    writes = [counted, put("points", _item(asked, out.at)), *append(out), *append(into), *texts]
    return writes, TransferView(
        transfer_id=asked.transfer_id, points=asked.points, to_email="", revision=revision
    )


def _landed(taken: Lots, into: Posting, program: Program) -> Lots:
    """Where lots arrive: they keep their expiry; idle points live as long as those there."""
    arriving: dict[str, int] = {}
    for lot, points in taken.items():
        place = program.landing(Grant(lot), into.state).lot
        arriving[place] = arriving.get(place, 0) + points
    return arriving


def _counted(asked: Transfer, at: Millis, program: Program) -> Write:
    """Count what was given on this program day, up to the limit."""
    limit = offered(program).daily_limit
    room = limit - asked.points
    within = "#points <= :room"
    first = "attribute_not_exists(#points) OR " if room >= 0 else ""
    day = program.calendar.date(at)

    def why_not(item: Item | None) -> Exception:
        before: int = item["points"] if item else 0
        return DailyLimitReached(limit=limit, left=max(0, limit - before))

    return update(
        "points",
        keys.transferred(asked.giver, day.strftime("%Y%m%d")),
        "ADD #points :more SET #ttl = :ttl",
        condition=first + within,
        refused=why_not,
        more={"more": asked.points, "room": room, "ttl": _ends_at(at)},
    )


def _ends_at(at: Millis) -> int:
    """When a day's count may go, in seconds: well after the day."""
    return at // 1000 + _KEPT_DAYS * 86_400


def _item(asked: Transfer, at: Millis) -> Item:
    return {
        **keys.transfer(asked.transfer_id),
        "giver": asked.giver,
        "receiver": asked.receiver,
        "points": asked.points,
        "at": at,
    }
