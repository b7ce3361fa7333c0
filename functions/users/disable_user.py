"""POST /v1/admin/users/{user_id}/disable: nothing moves in this account, and nobody signs in to it.

The ledger first: should the function die after it, a live token moves nothing, which matters more
than that the sign-in still works. Repeating the request finishes it, and changes nothing once it
is finished. Nobody disables themselves.
"""

from functools import partial

from mall import users
from mall.errors import Busy, Erased, Forbidden, NotFound, RateLimited
from mall.http import Caller, PathId, operation
from mall.identity import OpenIdentity
from mall.store import OpenStore
from mall.store.accounts import settle


@operation(refuses=(NotFound, Erased, RateLimited, Busy))
def disable_user(
    request: users.DisableUserRequest, user_id: PathId, caller: Caller, identity: OpenIdentity,
    store: OpenStore,
) -> users.AccountView:  # fmt: skip
    """Disable an account."""
    if user_id == caller.id:
        raise Forbidden("Nobody disables themselves.")
    decide = partial(users.disable, user_id, request, caller.id)
    return settle(store, identity, user_id, decide)
