"""GET /v1/points/balance: what a member holds, now or at an instant in the past (`?at=`).

The newest entry holds the account; what time has done since is computed, not looked up, so a late
or dead job never shows in a balance. The tier is that of now.
"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import errors, keys
from mall.clock import millis
from mall.http import Caller, operation
from mall.models import Instant
from mall.points.earning.standing import from_item
from mall.points.ledger.entry import State
from mall.points.ledger.lots import state_at
from mall.points.views import BalanceView, balance
from mall.store import OpenStore
from mall.store.ledger import head, head_at
from mall.store.program import OpenProgram


@operation(refuses=(errors.Busy,))
def get_balance(
    caller: Caller, store: OpenStore, program: OpenProgram,
    at: Annotated[Instant | None, Query()] = None,
) -> BalanceView:  # fmt: skip
    """Show the balance."""
    now = store.now()
    asked = millis(at) if at else now
    if asked > now:
        raise errors.Invalid(faults=[{"field": "at", "message": "This is in the future."}])
    newest = head(store, caller.id)
    if newest and newest.at > asked and at:
        newest = head_at(store, newest, asked)
    state = state_at(newest.after, asked) if newest else State()
    standing = from_item(caller.id, store.get("points", keys.standing(caller.id)))
    tier = standing.tier(program, now).tier_id
    return balance(state, newest.revision if newest else 0, asked, tier)
