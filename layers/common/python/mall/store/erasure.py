"""Erasing a member, in steps of which each can be repeated and none has to come in time.

`begin` is one transaction: the account is closed, the profile is a stub without personal data, the
address resolves to nobody, and a marker says that the rest is owed. From there nothing turns back.
`finish` takes away the sign-in, what waits beside the address and whatever else stands under the
member, then the marker, the last place that knows the address. It may die between any two lines and
run again, in the next request or in the hourly job.
"""

from mall import keys, users
from mall.errors import Stale
from mall.identity import UserPool
from mall.store.client import Commit, Store
from mall.store.ledger import head
from mall.store.waiting import forget_waiting
from mall.writes import delete

_ALL = "#pk = :pk"


def begin(store: Store, member: str) -> None:
    """Close the account and make the profile a stub; nothing to do when that was done before."""

    def attempt(_: Stale | None) -> Commit[None]:
        profile = store.get("users", keys.profile(member))
        address = profile.get("email") if profile else None
        lookup = store.get("users", keys.email(address)) if address else None
        owner = lookup["user_id"] if lookup else None
        newest = head(store, member)
        return Commit(users.erase(member, profile, owner, newest, store.now()), None)

    store.commit(attempt)


def finish(store: Store, identity: UserPool, member: str) -> None:
    """Erase what `begin` left. Raises RateLimited and Busy; then the marker stands."""
    identity.forget(member)
    marker = store.get("users", keys.erasure(member))
    if marker and "email" in marker:
        forget_waiting(store, marker["email"], marker["begun_at"])
    stub = keys.profile(member)
    for item in store.query_all("users", _ALL, {"pk": stub["pk"]}, consistent=True):
        if item["sk"] != stub["sk"]:
            store.transact([delete("users", {"pk": item["pk"], "sk": item["sk"]})])
    store.transact([delete("users", keys.erasure(member))])


def unfinished(store: Store) -> list[str]:
    """The members whose erasure was begun and is not known to be finished."""
    markers = store.query_all("users", _ALL, {"pk": keys.ERASURES}, consistent=True)
    return [marker["sk"] for marker in markers]
