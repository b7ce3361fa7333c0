"""Closing and erasing: an account that nothing moves, a member of whom nothing is left.

The ledger decides. Its `close` entry, the profile's word on it and, when erasing, the marker that
lets a dead erasure be finished are one transaction; the sign-in service follows what stands there.

Each decision rests on a profile and on a head. What it does not write it checks, so no disabling,
enabling or erasing decided at the same moment slips in between the two reads.
"""

from mall import keys
from mall.clock import Millis
from mall.errors import Erased, NotFound
from mall.points import ledger
from mall.points.ledger.entry import Entry, Source
from mall.points.ledger.writes import append
from mall.users.profile import ERASED, NOT_ERASED
from mall.users.requests import DisableUserRequest
from mall.users.views import AccountStatus, AccountView
from mall.writes import ABSENT, Item, Write, check, put, update

_SOURCE = "account"


def disable(
    member: str, request: DisableUserRequest, actor: str, profile: Item | None, head: Entry | None,
    now: Millis,
) -> list[Write]:  # fmt: skip
    """Close the account and keep by whom and why; nothing when it is disabled already.

    Raises NotFound and Erased.
    """
    if is_disabled(_standing(profile)):
        return []
    noted = update(
        "users",
        keys.profile(member),
        "SET #disabled_at = :now, #disabled_by = :actor, #disabled_reason = :reason",
        condition=f"attribute_exists(#pk) AND attribute_not_exists(#disabled_at) AND {NOT_ERASED}",
        now=now,
        actor=actor,
        reason=request.reason,
        erased=ERASED,
    )
    return [noted, *_closed(member, head, actor, now)]


def enable(
    member: str, actor: str, profile: Item | None, head: Entry | None, now: Millis
) -> list[Write]:
    """Open the account again; nothing when it is open. Raises NotFound and Erased."""
    if not is_disabled(_standing(profile)):
        return []
    noted = update(
        "users",
        keys.profile(member),
        "REMOVE #disabled_at, #disabled_by, #disabled_reason",
        condition=f"attribute_exists(#disabled_at) AND {NOT_ERASED}",
        erased=ERASED,
    )
    return [noted, *_opened(member, head, actor, now)]


def erase(
    member: str, profile: Item | None, owner: str | None, head: Entry | None, now: Millis
) -> list[Write]:
    """Close the account, leave a stub of the profile, free the address, mark the rest as owed.

    `owner` is whom the profile's address resolves to now, if anybody. Nothing for a member whose
    stub stands. One without a profile, whose confirmation died, gets a stub too. What else stands
    under the member and beside the address, which the marker keeps, goes later: with the account
    closed no movement can add a note.
    """
    if is_erased(profile):
        return []
    address = profile.get("email") if profile else None
    same = "#email = :email" if address else "attribute_not_exists(#email)"
    stub = Write(
        "Put",
        "users",
        keys.profile(member),
        item={**keys.profile(member), "user_id": member, "status": ERASED, "erased_at": now},
        condition=f"{same} AND {NOT_ERASED}",
        values={"erased": ERASED, **({"email": address} if address else {})},
    )
    noted = {"email": address} if address else {}
    owed = put("users", {**keys.erasure(member), "begun_at": now, **noted})
    freed = [_freed(address, member)] if address and owner in (None, member) else []
    return [stub, *_closed(member, head, member, now), owed, *freed]


def _freed(address: str, member: str) -> Write:
    """The address resolves to nobody, also when a confirmation is just making it resolve."""
    return Write(
        "Delete",
        "users",
        keys.email(address),
        condition=f"{ABSENT} OR #user_id = :member",
        values={"member": member},
    )


def account(member: str, profile: Item | None) -> AccountView:
    """What an admin is told of an account. Raises NotFound and Erased."""
    standing = _standing(profile)
    status: AccountStatus = "disabled" if is_disabled(standing) else standing["status"]
    return AccountView(user_id=member, status=status)


def is_erased(profile: Item | None) -> bool:
    """Whether a profile is the stub that an erasure leaves."""
    return profile is not None and profile["status"] == ERASED


def is_disabled(profile: Item | None) -> bool:
    """Whether an admin has disabled the account."""
    return profile is not None and "disabled_at" in profile


def _standing(profile: Item | None) -> Item:
    if profile is None:
        raise NotFound("There is no such member.")
    if is_erased(profile):
        raise Erased()
    return profile


def _closed(member: str, head: Entry | None, actor: str, now: Millis) -> list[Write]:
    """The entry that closes an account; of a closed one, a check that it still is."""
    if head and head.after.closed:
        return [_still(member, head)]
    posting = ledger.open_posting(member, head, now)
    ledger.close(posting, Source(_SOURCE, member), actor)
    return append(posting)


def _opened(member: str, head: Entry | None, actor: str, now: Millis) -> list[Write]:
    """The entry that opens an account again; of an open one, a check that it still is."""
    if head is None or not head.after.closed:
        return [_still(member, head)]
    posting = ledger.open_posting(member, head, now)
    ledger.reopen(posting, Source(_SOURCE, member), actor)
    return append(posting)


def _still(member: str, head: Entry | None) -> Write:
    """Stale when the head is not the newest entry any more."""
    following = head.revision + 1 if head else 1
    return check("points", keys.entry(member, following), ABSENT)
