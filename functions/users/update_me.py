"""PATCH /v1/me: change one's name, birthday, phone number or locale.

Only the named fields are written, in one update, so that two devices which change different fields
both win. If the function dies between the write and the read of the answer, the change stands, and
sending it again changes nothing.
"""

from mall import keys, users
from mall.errors import Busy, NotFound
from mall.http import Caller, operation
from mall.store import Commit, OpenStore
from mall.store.program import OpenProgram
from mall.store.standing import tier_of


@operation(refuses=(NotFound, Busy))
def update_me(
    request: users.UpdateMeRequest, caller: Caller, store: OpenStore, program: OpenProgram
) -> users.MeView:
    """Change the caller's profile."""
    change = users.change(caller.id, request, store.now())
    store.commit(lambda _: Commit([change], None))
    tier = tier_of(store, caller.id, program)
    return users.me(store.get("users", keys.profile(caller.id)), caller.roles, tier)
