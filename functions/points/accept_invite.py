"""POST /v1/points/referrals: accept the invitation of another member, before the first purchase.

Repeating it answers as before, so it needs no key: a member accepts one invitation, ever.
"""

from mall import errors
from mall.http import Caller, operation
from mall.points import referring
from mall.points.referring import AcceptInviteRequest, InvitationView
from mall.store import Commit, OpenStore
from mall.store.program import OpenProgram
from mall.store.referring import invitation


@operation(
    status=201,
    refuses=(
        errors.NotOffered, errors.AccountClosed, errors.ReferralRejected, errors.Busy,
    ),
)  # fmt: skip
def accept_invite(
    request: AcceptInviteRequest, caller: Caller, store: OpenStore, program: OpenProgram
) -> InvitationView:
    """Accept an invitation."""
    referring.terms_of(program.settings)
    code = referring.code_as_typed(request.invite_code)

    def attempt(_: errors.Stale | None) -> Commit[InvitationView]:
        return Commit(*referring.accept(invitation(store, caller.id, code), store.now()))

    return store.commit(attempt)
