"""GET /v1/points/entries: the member's statement, newest first, with running balances."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import errors
from mall.http import Caller, Limit, Position, operation
from mall.points.ledger.entry import Kind
from mall.points.views import EntryListView
from mall.secrets import SigningSecret
from mall.store import OpenStore
from mall.store.history import statement_of


@operation(refuses=(errors.BadCursor, errors.Busy))
def list_entries(
    caller: Caller, store: OpenStore, secret: SigningSecret, limit: Limit = 20,
    position: Position = None, kind: Annotated[Kind | None, Query()] = None,
) -> EntryListView:  # fmt: skip
    """Show one page."""
    return statement_of(
        store, secret, caller.id, caller.id, limit=limit, position=position, kind=kind
    )
