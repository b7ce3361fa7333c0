"""GET /v1/points/referral: the member's invite code, and what came of it.

The code is made when it is first asked for and stays the member's for ever.
"""

from mall import errors
from mall.http import Caller, operation
from mall.ids import new_id
from mall.points import referring
from mall.points.referring import ReferralView
from mall.store import Commit, OpenStore
from mall.store.ledger import head
from mall.store.program import OpenProgram
from mall.store.referring import referral


@operation(refuses=(errors.NotOffered, errors.AccountClosed, errors.Busy))
def get_referral(caller: Caller, store: OpenStore, program: OpenProgram) -> ReferralView:
    """Show the code, and make it if there is none."""
    referring.terms_of(program.settings)

    def attempt(_: errors.Stale | None) -> Commit[ReferralView]:
        known = referral(store, caller.id)
        if known.code:
            return Commit([], referring.view(known))
        code = referring.code_from(new_id())
        return Commit(*referring.invite(known, code, head(store, caller.id)))

    return store.commit(attempt)
