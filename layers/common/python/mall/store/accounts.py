"""Disabling and enabling an account: the ledger says whether it is open, the sign-in follows.

Two admins may disable and enable at the same moment. Whoever has written in the ledger makes the
sign-in agree with what stands there, and looks again afterwards: the last to speak to Cognito has
seen the truth, so the two cannot part for longer than a request. One that dies on the way is
finished by repeating it.
"""

from collections.abc import Callable, Sequence

from mall import keys, users
from mall.clock import Millis
from mall.errors import Busy, Stale
from mall.identity import UserPool
from mall.points.ledger.entry import Entry
from mall.store.client import Commit, Store
from mall.store.ledger import head
from mall.writes import Item, Write

_LOOKS_MAX = 8
Decide = Callable[[Item | None, Entry | None, Millis], Sequence[Write]]


def settle(store: Store, identity: UserPool, member: str, decide: Decide) -> users.AccountView:
    """Write what `decide` makes of profile and head, then make the sign-in agree with it.

    Raises what `decide` raises, RateLimited, and Busy when others keep changing it.
    """

    def attempt(_: Stale | None) -> Commit[None]:
        profile = store.get("users", keys.profile(member))
        return Commit(decide(profile, head(store, member), store.now()), None)

    store.commit(attempt)
    return _agree(store, identity, member)


def _agree(store: Store, identity: UserPool, member: str) -> users.AccountView:
    profile = store.get("users", keys.profile(member))
    for _ in range(_LOOKS_MAX):
        disabled = users.is_disabled(profile)
        if disabled:
            identity.disable(member)
        else:
            identity.enable(member)
        profile = store.get("users", keys.profile(member))
        if users.is_disabled(profile) == disabled:
            return users.account(member, profile)
    raise Busy()
