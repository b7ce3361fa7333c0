"""Finding a member: a confirmed one by id or by e-mail address, or whoever has an account by id."""

from mall import keys
from mall.errors import NotFound
from mall.points.views import MemberReference
from mall.store.client import Store


def resolve(store: Store, member: MemberReference) -> str:
    """The id of a confirmed member. Raises NotFound, for unconfirmed ones too."""
    if member.email is not None:
        item = store.get("users", keys.email(member.email))
        found = item["user_id"] if item else None
    else:
        profile = store.get("users", keys.profile(str(member.user_id)))
        found = member.user_id if profile and profile["status"] == "confirmed" else None
    if found is None:
        raise NotFound("There is no such member.")
    return str(found)


def with_account(store: Store, user_id: str) -> str:
    """The id of whoever has an account or had one, erased members too. Raises NotFound."""
    profile = store.get("users", keys.profile(user_id))
    if profile is None or profile["status"] == "unconfirmed":
        raise NotFound("There is no such member.")
    return user_id
