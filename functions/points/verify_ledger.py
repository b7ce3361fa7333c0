"""GET /v1/admin/points/{user_id}/verify: replay a member's chain and name the first bad entry."""

from mall import errors
from mall.http import PathId, operation
from mall.points.ledger.chain import verify
from mall.points.views import VerdictView
from mall.store import OpenStore
from mall.store.ledger import entries
from mall.store.members import with_account


@operation(refuses=(errors.NotFound, errors.Busy))
def verify_ledger(user_id: PathId, store: OpenStore) -> VerdictView:
    """Verify one member's chain, whole."""
    verdict = verify(entries(store, with_account(store, user_id)))
    return VerdictView(
        valid=verdict.valid,
        entries=verdict.entries,
        first_bad_revision=verdict.first_bad_revision,
    )
