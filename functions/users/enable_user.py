"""POST /v1/admin/users/{user_id}/enable: an account that was disabled is as it was before.

The ledger first here too: it alone knows whether the account may be opened (an erased one never),
and the sign-in follows what it says. Should the function die between the two, the account takes
what it earns and its member cannot sign in yet: harmless, and repeating the request finishes it.
Nobody enables themselves: an admin's token outlives the disabling by some minutes.
"""

from functools import partial

from mall import users
from mall.errors import Busy, Erased, Forbidden, NotFound, RateLimited
from mall.http import Caller, PathId, operation
from mall.identity import OpenIdentity
from mall.store import OpenStore
from mall.store.accounts import settle


@operation(refuses=(NotFound, Erased, RateLimited, Busy))
def enable_user(
    user_id: PathId, caller: Caller, identity: OpenIdentity, store: OpenStore
) -> users.AccountView:
    """Enable an account."""
    if user_id == caller.id:
        raise Forbidden("Nobody enables themselves.")
    return settle(store, identity, user_id, partial(users.enable, user_id, caller.id))
