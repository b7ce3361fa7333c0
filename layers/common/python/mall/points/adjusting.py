"""Adjustments: a signed movement by an admin, with a reason kept beside the ledger, not in it.

What is more than one admin may do alone waits for another one: nothing moves until then, and the
ledger is asked again when it does.
"""

from dataclasses import dataclass, replace
from typing import Literal, get_args

from mall import keys
from mall.clock import Millis, instant
from mall.errors import AlreadyDecided, Forbidden, NotFound
from mall.models import View
from mall.points import ledger, notes
from mall.points.alone import Alone
from mall.points.ledger import Grant, Posting
from mall.points.ledger.entry import Entry, Note, Source
from mall.points.ledger.writes import append
from mall.points.program import Program
from mall.points.views import AdjustmentView, AdjustRequest
from mall.writes import Item, Write, check, put, update

Status = Literal["applied", "waiting_approval", "rejected"]
STATUSES: tuple[Status, ...] = get_args(Status)


class AdjustmentListView(View):
    """One page of adjustments, newest first."""

    items: list[AdjustmentView]
    next_cursor: str | None


@dataclass(frozen=True)
class Adjustment:
    """An adjustment as it stands in the points table, without its reason."""

    adjustment_id: str
    member: str
    points: int
    digest: bytes
    asked_by: str
    asked_at: Millis
    status: Status = "waiting_approval"
    revision: int = 0
    decided_by: str = ""
    decided_at: Millis = 0

    @property
    def place(self) -> str:
        """Where it is among all of its status, by time."""
        return f"{instant(self.asked_at)}#{self.adjustment_id}"


def draft(
    request: AdjustRequest, adjustment_id: str, actor: str, salt: str, now: Millis
) -> tuple[Adjustment, Write]:
    """The adjustment that an admin asks for, and the write that keeps its reason."""
    text, note = notes.written(request.user_id, adjustment_id, request.reason, salt)
    asked = Adjustment(
        adjustment_id, request.user_id, request.points, note.digest, actor, asked_at=now
    )
    return asked, text


def ask(
    asked: Adjustment, head: Entry | None, alone: Alone, program: Program
) -> tuple[list[Write], Adjustment]:
    """The writes of an adjustment that is applied at once or waits, and what it is then.

    Points given expire as if they were earned now. Raises AccountClosed, PointsLimit and
    InsufficientPoints(available), also for one that would wait; refused as NotFound when the
    member is erased at this moment, so that no reason outlives them.
    """
    now = asked.asked_at
    posting = _moved(asked, head, program, now)
    if not alone.may(asked.points, program.settings.adjustment_approval_threshold, now):
        return [put("points", to_item(asked)), _not_erased(asked.member)], asked
    done = replace(asked, status="applied", revision=posting.entries[-1].revision)
    writes = [put("points", to_item(done)), *alone.plus(asked.points, now), *append(posting)]
    return writes, done


def approve(
    item: Item | None, head: Entry | None, program: Program, approver: str, now: Millis
) -> tuple[list[Write], Adjustment]:
    """The writes by which a waiting adjustment moves points, and what it is then.

    No writes when it was applied before. Raises what `ask` and `decidable` raise; then it still
    waits.
    """
    waiting = decidable(item, approver)
    if waiting.status == "rejected":
        raise AlreadyDecided(decision="rejected")
    if waiting.status == "applied":
        return [], waiting
    posting = _moved(waiting, head, program, now)
    done = replace(
        waiting,
        status="applied",
        revision=posting.entries[-1].revision,
        decided_by=approver,
        decided_at=now,
    )
    return [_decided(done), *append(posting)], done


def reject(
    item: Item | None, approver: str, now: Millis
) -> tuple[list[Write], Adjustment]:  # fmt: skip
    """The writes by which a waiting adjustment never happens, and what it is then.

    No writes when it was rejected before. Raises what `decidable` raises, and
    AlreadyDecided(decision).
    """
    waiting = decidable(item, approver)
    if waiting.status == "applied":
        raise AlreadyDecided(decision="applied")
    if waiting.status == "rejected":
        return [], waiting
    done = replace(waiting, status="rejected", decided_by=approver, decided_at=now)
    return [_decided(done)], done


def decidable(item: Item | None, approver: str) -> Adjustment:
    """An adjustment that this admin may decide on. Raises NotFound and Forbidden."""
    if item is None:
        raise NotFound("There is no such adjustment.")
    found = from_item(item)
    if approver == found.asked_by:
        raise Forbidden("Another admin decides on an adjustment than the one who asked for it.")
    if approver == found.member:
        raise Forbidden("Nobody decides on an adjustment of their own points.")
    return found


def _moved(adjustment: Adjustment, head: Entry | None, program: Program, now: Millis) -> Posting:
    posting = ledger.open_posting(adjustment.member, head, now)
    source = Source("adjustment", adjustment.adjustment_id)
    note = Note(adjustment.adjustment_id, adjustment.digest)
    points, actor = adjustment.points, adjustment.asked_by
    if points > 0:
        grant = program.landing(Grant(program.lot(posting.at)), posting.state)
        ledger.credit(posting, "adjust", points, grant, source, actor=actor, note=note)
    else:
        ledger.spend(posting, "adjust", -points, source, actor=actor, note=note)
    return posting


def _not_erased(member: str) -> Write:
    """What waits moves nothing that an erasure would notice, so it looks at the profile."""
    return check(
        "users",
        keys.profile(member),
        "#status = :confirmed",
        refused=lambda _: NotFound("There is no such member."),
        confirmed="confirmed",
    )


def _decided(done: Adjustment) -> Write:
    return update(
        "points",
        keys.adjustment(done.adjustment_id),
        "SET #status = :status, #revision = :revision, #decided_by = :decided_by, "
        "#decided_at = :decided_at, #gsi1pk = :listed",
        condition="#status = :waiting",
        status=done.status,
        revision=done.revision,
        decided_by=done.decided_by,
        decided_at=done.decided_at,
        listed=keys.adjustments(done.status),
        waiting="waiting_approval",
    )


def view(adjustment: Adjustment, reason: str | None) -> AdjustmentView:
    """An adjustment as admins read it; its reason is None once it was erased."""
    decided = adjustment.decided_by or None
    decided_at = instant(adjustment.decided_at) if decided else None
    agreed = adjustment.status == "applied"
    return AdjustmentView(
        adjustment_id=adjustment.adjustment_id,
        user_id=adjustment.member,
        points=adjustment.points,
        reason=reason,
        status=adjustment.status,
        revision=adjustment.revision or None,
        asked_by=adjustment.asked_by,
        asked_at=instant(adjustment.asked_at),
        approved_by=decided if agreed else None,
        approved_at=decided_at if agreed else None,
        rejected_by=None if agreed else decided,
        rejected_at=None if agreed else decided_at,
    )


def to_item(adjustment: Adjustment) -> Item:
    """The adjustment as it stands in the points table, and in the index by status and time."""
    return {
        **keys.adjustment(adjustment.adjustment_id),
        "gsi1pk": keys.adjustments(adjustment.status),
        "gsi1sk": adjustment.place,
        "member": adjustment.member,
        "points": adjustment.points,
        "digest": adjustment.digest,
        "asked_by": adjustment.asked_by,
        "asked_at": adjustment.asked_at,
        "status": adjustment.status,
        "revision": adjustment.revision,
    }


def from_item(item: Item) -> Adjustment:
    """The adjustment that an item of the points table holds."""
    return Adjustment(
        adjustment_id=item["pk"].partition("#")[2],
        member=item["member"],
        points=item["points"],
        digest=item["digest"],
        asked_by=item["asked_by"],
        asked_at=item["asked_at"],
        status=item["status"],
        revision=item["revision"],
        decided_by=item.get("decided_by", ""),
        decided_at=item.get("decided_at", 0),
    )
