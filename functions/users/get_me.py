"""GET /v1/me: what the mall holds on the caller, in short.

Roles come from the token, the rest from the profile in one read. Nothing is written.
"""

from mall import keys, users
from mall.errors import Busy, NotFound
from mall.http import Caller, operation
from mall.store import OpenStore


@operation(refuses=(NotFound, Busy))
def get_me(caller: Caller, store: OpenStore) -> users.MeView:
    """Show the caller's profile."""
    return users.me(store.get("users", keys.profile(caller.id)), caller.roles)
