"""The profile and the address that resolves to it: the only home of personal data."""

from datetime import UTC, date, datetime

from mall import keys
from mall.clock import Millis
from mall.errors import EmailTaken, Invalid, NotFound, WrongCode
from mall.users.requests import RegisterUserRequest, UpdateMeRequest
from mall.writes import ABSENT, Write, already_done, put, update

_FIRST_BIRTHDAY = date(1900, 1, 1)
CLEARABLE = ("birthday", "phone", "locale")
ERASED = "erased"
# Whatever writes to a profile says so, because a live token outlasts an erasure.
NOT_ERASED = "NOT #status = :erased"


def register(member: str, request: RegisterUserRequest, now: Millis) -> Write:
    """The profile of a member whose address is not confirmed yet.

    Refused as AlreadyDone when the profile stands: the address was confirmed before this write
    came, and confirming made the profile.
    """
    item = {
        **keys.profile(member),
        "user_id": member,
        "email": request.email,
        "name": request.name,
        "status": "unconfirmed",
        "created_at": now,
    }
    return put("users", item, condition=ABSENT, refused=already_done)


def confirm(member: str, email: str, now: Millis) -> list[Write]:
    """The profile, confirmed, and the address resolving to it: both or neither.

    Writing it again changes nothing. A profile that registration could not write is made here,
    under the address's local part as the name. Refused as WrongCode for an erased member, who
    never comes back, and as EmailTaken when the address resolves to somebody else: it never moves
    silently, because purchases are credited by address.
    """
    profile = update(
        "users",
        keys.profile(member),
        "SET #user_id = :member, #email = :email, #status = :confirmed, "
        "#name = if_not_exists(#name, :name), #created_at = if_not_exists(#created_at, :now)",
        condition=NOT_ERASED,
        refused=lambda _: WrongCode(),
        member=member,
        email=email,
        confirmed="confirmed",
        name=email.partition("@")[0],
        now=now,
        erased=ERASED,
    )
    unclaimed = Write(
        "Put",
        "users",
        keys.email(email),
        item={**keys.email(email), "user_id": member},
        condition=f"{ABSENT} OR #user_id = :member",
        values={"member": member},
        refused=lambda _: EmailTaken(),
    )
    return [profile, unclaimed]


def change(member: str, request: UpdateMeRequest, now: Millis) -> Write:
    """The named fields of a profile, and no other, so that concurrent changes all hold.

    Raises Invalid for a birthday that is not in the past; refused as NotFound without a profile
    or when it was erased.
    """
    today = datetime.fromtimestamp(now / 1000, UTC).date()
    if request.birthday and not _FIRST_BIRTHDAY <= request.birthday < today:
        raise Invalid.of("birthday", f"between {_FIRST_BIRTHDAY} and yesterday")
    named = request.model_dump(mode="json", include=request.model_fields_set)
    told = {name: value for name, value in named.items() if value is not None}
    cleared = [f"#{name}" for name in CLEARABLE if name in named and named[name] is None]
    parts = [
        "SET " + ", ".join(f"#{name} = :{name}" for name in told) if told else "",
        "REMOVE " + ", ".join(cleared) if cleared else "",
    ]
    return update(
        "users",
        keys.profile(member),
        " ".join(filter(None, parts)),
        condition=f"attribute_exists(#pk) AND {NOT_ERASED}",
        refused=lambda _: NotFound(),
        more={"erased": ERASED},
        **told,
    )
