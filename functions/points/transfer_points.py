"""POST /v1/points/transfers: give points to another member; they keep their expiries.

Both entries, the day's count and the receipt commit together, so no retry gives twice and two
members who give to each other at the same moment both end right. The receipt leaves the address
out, which whoever repeats the request brings along.
"""

from mall import errors
from mall.http import Caller, IdempotencyKey, operation
from mall.ids import derived_id, new_id, request_hash
from mall.points import transferring
from mall.points.views import MemberReference
from mall.store import Commit, OpenStore
from mall.store.ledger import head
from mall.store.members import resolve
from mall.store.once import once
from mall.store.program import OpenProgram


@operation(
    status=201,
    refuses=(
        errors.IdempotencyKeyRequired, errors.AccountClosed, errors.NotFound, errors.NotOffered,
        errors.OwnAccount, errors.InsufficientPoints, errors.PointsLimit,
        errors.DailyLimitReached, errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def transfer_points(
    request: transferring.TransferRequest, key: IdempotencyKey, caller: Caller, store: OpenStore,
    program: OpenProgram,
) -> transferring.TransferView:  # fmt: skip
    """Transfer, or answer as before to the same key."""
    transfer_id = derived_id("transfer_points", caller.id, key)
    digest = request_hash("transfer_points", request)
    salts = (new_id(), new_id())

    def decide(_: errors.Stale | None) -> Commit[transferring.TransferView]:
        transferring.offered(program)
        receiver = resolve(store, MemberReference(email=request.to_email))
        transferring.refuse_own(caller.id, receiver)
        asked = transferring.Transfer(
            transfer_id, caller.id, receiver, request.points, request.note, salts
        )
        heads = head(store, caller.id), head(store, receiver)
        return Commit(*transferring.transfer(asked, *heads, program, store.now()))

    view = once(store, transferring.TransferView, transfer_id, digest, decide, table="points")
    return view.to(request.to_email)
