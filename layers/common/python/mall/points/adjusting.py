"""Adjustments: a signed movement by an admin, its reason kept beside the ledger, not in it."""

import hashlib

from mall import keys
from mall.clock import Millis
from mall.points import ledger
from mall.points.ledger import Grant
from mall.points.ledger.entry import Entry, Note, Source
from mall.points.ledger.writes import append
from mall.points.program import Program
from mall.points.views import AdjustmentView, AdjustRequest
from mall.writes import Write, put


def adjust(
    request: AdjustRequest, adjustment_id: str, actor: str, salt: str, head: Entry | None,
    program: Program, now: Millis,
) -> tuple[list[Write], AdjustmentView]:  # fmt: skip
    """The writes of an adjustment, and its answer.

    Points given expire as if they were earned now. Raises AccountClosed, PointsLimit and
    InsufficientPoints(available).
    """
    digest = hashlib.sha256(salt.encode() + request.reason.encode()).digest()[:16]
    note, source = Note(adjustment_id, digest), Source("adjustment", adjustment_id)
    posting = ledger.open_posting(request.user_id, head, now)
    if request.points > 0:
        grant = program.landing(Grant(program.lot(posting.at)), posting.state)
        ledger.credit(posting, "adjust", request.points, grant, source, actor=actor, note=note)
    else:
        ledger.spend(posting, "adjust", -request.points, source, actor=actor, note=note)
    text = {**keys.note(request.user_id, adjustment_id), "text": request.reason, "salt": salt}
    view = AdjustmentView(
        adjustment_id=adjustment_id,
        user_id=request.user_id,
        points=request.points,
        reason=request.reason,
        status="applied",
        revision=posting.entries[-1].revision,
    )
    return [put("users", text), *append(posting)], view
