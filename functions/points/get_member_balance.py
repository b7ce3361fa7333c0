"""GET /v1/admin/points/{user_id}/balance: what a member holds, as the member would be shown it.

A closed account is shown, and an erased one, which no longer says whose it was.
"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import errors
from mall.clock import millis
from mall.http import PathId, operation
from mall.models import Instant
from mall.points.views import BalanceView
from mall.store import OpenStore
from mall.store.history import balance_of
from mall.store.members import with_account
from mall.store.program import OpenProgram


@operation(refuses=(errors.NotFound, errors.Busy))
def get_member_balance(
    user_id: PathId, store: OpenStore, program: OpenProgram,
    at: Annotated[Instant | None, Query()] = None,
) -> BalanceView:  # fmt: skip
    """Show a member's balance."""
    member = with_account(store, user_id)
    return balance_of(store, program, member, millis(at) if at else None)
