"""GET /v1/admin/points/{user_id}/verify: replay a member's chain and name the first bad entry.

A chain whose end was cut off, or written anew, is valid in itself. So it is held against the newest
entry that the totals counted, too.
"""

from mall import errors
from mall.http import PathId, operation
from mall.points.ledger.chain import verify
from mall.points.views import VerdictView
from mall.store import OpenStore
from mall.store.ledger import entries
from mall.store.members import with_account
from mall.store.totals import how_far


@operation(refuses=(errors.NotFound, errors.Busy))
def verify_ledger(user_id: PathId, store: OpenStore) -> VerdictView:
    """Verify one member's chain, whole."""
    member = with_account(store, user_id)
    [counted] = how_far(store, [member])  # first, so that the chain is at least as long
    verdict = verify(entries(store, member), counted.revision, counted.hash)
    return VerdictView(
        valid=verdict.valid,
        entries=verdict.entries,
        first_bad_revision=verdict.first_bad_revision,
    )
