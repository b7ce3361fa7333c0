"""POST /v1/points/discount-codes: a one-time code that lets a shop burn the member's points.

It is good for ten minutes and shown here only. A request that is repeated makes a new code, and
the one before is worth nothing any more.
"""

from mall import errors
from mall.http import Caller, operation
from mall.ids import new_id
from mall.points.discounts import codes
from mall.points.discounts.terms import terms_of
from mall.points.discounts.views import DiscountCodeView
from mall.secrets import SigningSecret
from mall.store import Commit, OpenStore
from mall.store.ledger import head
from mall.store.program import OpenProgram


@operation(status=201, refuses=(errors.NotOffered, errors.AccountClosed, errors.Busy))
def issue_discount_code(
    caller: Caller, store: OpenStore, program: OpenProgram, secret: SigningSecret
) -> DiscountCodeView:
    """Make a code, and let it be the only one."""
    terms_of(program.settings)
    code = new_id()

    def attempt(_: errors.Stale | None) -> Commit[DiscountCodeView]:
        newest = head(store, caller.id)
        return Commit(*codes.issue(secret, caller.id, code, newest, store.now()))

    return store.commit(attempt)
