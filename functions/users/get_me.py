"""GET /v1/me: what the mall holds on the caller, in short.

Roles come from the token, the tier from what was earned, the rest from the profile.
"""

from mall import keys, users
from mall.errors import Busy, NotFound
from mall.http import Caller, operation
from mall.store import OpenStore
from mall.store.program import OpenProgram
from mall.store.standing import tier_of


@operation(refuses=(NotFound, Busy))
def get_me(caller: Caller, store: OpenStore, program: OpenProgram) -> users.MeView:
    """Show the caller's profile."""
    tier = tier_of(store, caller.id, program)
    return users.me(store.get("users", keys.profile(caller.id)), caller.roles, tier)
