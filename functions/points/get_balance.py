"""GET /v1/points/balance: what a member holds, now or at an instant in the past (`?at=`).

The newest entry holds the account; what time has done since is computed, not looked up, so a late
or dead job never shows in a balance. The tier is that of now.
"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import errors
from mall.clock import millis
from mall.http import Caller, operation
from mall.models import Instant
from mall.points.views import BalanceView
from mall.store import OpenStore
from mall.store.history import balance_of
from mall.store.program import OpenProgram


@operation(refuses=(errors.Busy,))
def get_balance(
    caller: Caller, store: OpenStore, program: OpenProgram,
    at: Annotated[Instant | None, Query()] = None,
) -> BalanceView:  # fmt: skip
    """Show the balance."""
    return balance_of(store, program, caller.id, millis(at) if at else None)
