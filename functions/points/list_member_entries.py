"""GET /v1/admin/points/{user_id}/entries: a member's statement, as the member would be shown it.

A closed account is shown, and an erased one, whose notes are gone.
"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import errors
from mall.http import Caller, Limit, PathId, Position, operation
from mall.points.ledger.entry import Kind
from mall.points.views import EntryListView
from mall.secrets import SigningSecret
from mall.store import OpenStore
from mall.store.history import statement_of
from mall.store.members import with_account


@operation(refuses=(errors.NotFound, errors.BadCursor, errors.Busy))
def list_member_entries(
    user_id: PathId, caller: Caller, store: OpenStore, secret: SigningSecret, limit: Limit = 20,
    position: Position = None, kind: Annotated[Kind | None, Query()] = None,
) -> EntryListView:  # fmt: skip
    """Show one page of a member's entries."""
    member = with_account(store, user_id)
    return statement_of(store, secret, caller.id, member, limit=limit, position=position, kind=kind)
