"""Members: what they may tell us, what is written of it, and what is shown.

Cognito decides who a member is: the member's id is Cognito's `sub`, and passwords, tokens and
groups stay there. This room decides what the `users` table holds: one profile per member, and one
item per confirmed e-mail address that resolves it to its member.
"""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    model_validator,
)

from mall import keys
from mall.clock import Millis, instant
from mall.errors import EmailTaken, Invalid, NotFound
from mall.models import Request, ShortText, View, is_none
from mall.writes import ABSENT, Item, Write, already_done, put, update

# Cognito takes no longer user name, and the address is the user name.
EMAIL_LENGTH_MAX = 128
PASSWORD_LENGTH_MAX = 256
_FIRST_BIRTHDAY = date(1900, 1, 1)
_CLEARABLE = ("birthday", "phone", "locale")

# ASCII on purpose: letters that merely fold to ASCII would make two spellings of one address.
# An international domain is sent in its ASCII form (xn--...).
_LOCAL_PART = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = rf"^{_LOCAL_PART}@{_LABEL}(\.{_LABEL})+$"
_NO_CONTROLS = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$"
_E164 = r"^\+[1-9][0-9]{6,14}$"
_LANGUAGE_TAG = r"^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$"
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _iso_date(value: object) -> object:
    """Only `yyyy-mm-dd`: neither a number of seconds nor an instant is a date."""
    if isinstance(value, str) and not _ISO_DATE.fullmatch(value):
        raise ValueError("a date is written yyyy-mm-dd")
    if value is not None and not isinstance(value, (str, date)):
        raise ValueError("a date is text, yyyy-mm-dd")
    return value


def _untrimmed(value: str) -> str:
    """Cognito takes no password with blanks at its ends; trimming one would change it silently."""
    if value != value.strip():
        raise ValueError("a password neither begins nor ends with a blank")
    return value


Email = Annotated[
    str, Field(max_length=EMAIL_LENGTH_MAX, pattern=_EMAIL), AfterValidator(str.lower)
]
Name = Annotated[ShortText, Field(pattern=_NO_CONTROLS)]
Password = Annotated[
    str,
    StringConstraints(strip_whitespace=False, min_length=1, max_length=PASSWORD_LENGTH_MAX),
    Field(repr=False),
]
NewPassword = Annotated[Password, AfterValidator(_untrimmed)]
MailedCode = Annotated[str, Field(pattern=r"^[!-~]{1,64}$", repr=False)]
RefreshToken = Annotated[str, Field(pattern=r"^[A-Za-z0-9._=-]{1,8192}$", repr=False)]
Birthday = Annotated[date, BeforeValidator(_iso_date)]


class RegisterUserRequest(Request):
    """What a person says to become a member."""

    email: Email
    password: NewPassword
    name: Name


class ConfirmUserRequest(Request):
    """The code that proves that the address is the member's."""

    email: Email
    code: MailedCode


class LogInRequest(Request):
    """A member's credentials."""

    email: Email
    password: Password


class RefreshSessionRequest(Request):
    """The token that a session lives on by."""

    refresh_token: RefreshToken


class ForgotPasswordRequest(Request):
    """The address that a reset code is mailed to, if it is a member's."""

    email: Email


class ResetPasswordRequest(Request):
    """The mailed code and the password to set with it."""

    email: Email
    code: MailedCode
    password: NewPassword


class UpdateMeRequest(Request):
    """The fields to change, at least one; null clears an optional one."""

    name: Name = Field(default_factory=str)  # unlike the others, never null
    birthday: Birthday | None = None
    phone: Annotated[str, Field(pattern=_E164)] | None = None
    locale: Annotated[str, Field(pattern=_LANGUAGE_TAG)] | None = None

    @model_validator(mode="after")
    def _change_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one field to change")
        return self


class RegisteredUserView(View):
    """A person who has still to prove that the address is theirs."""

    user_id: str
    email: str
    status: Literal["unconfirmed"] = "unconfirmed"


class SessionView(View):
    """Tokens of a session; `expires_in` is the access token's life in seconds."""

    access_token: str = Field(repr=False)
    refresh_token: str = Field(repr=False)
    expires_in: int
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme, no secret


class MeView(View):
    """What a member sees of themself."""

    user_id: str
    email: str
    name: str
    birthday: date | None = Field(default=None, exclude_if=is_none)
    phone: str | None = Field(default=None, exclude_if=is_none)
    locale: str | None = Field(default=None, exclude_if=is_none)
    tier: str
    roles: list[str]
    created_at: str


def session(access_token: str, refresh_token: str, expires_in_s: int) -> SessionView:
    """The answer that carries a session's tokens to its owner."""
    return SessionView(
        access_token=access_token, refresh_token=refresh_token, expires_in=expires_in_s
    )


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
    under the address's local part as the name. Refused as EmailTaken when the address resolves to
    somebody else: it never moves silently, because purchases are credited by address.
    """
    profile = update(
        "users",
        keys.profile(member),
        "SET #user_id = :member, #email = :email, #status = :confirmed, "
        "#name = if_not_exists(#name, :name), #created_at = if_not_exists(#created_at, :now)",
        member=member,
        email=email,
        confirmed="confirmed",
        name=email.partition("@")[0],
        now=now,
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

    Raises Invalid for a birthday that is not in the past; refused as NotFound without a profile.
    """
    today = datetime.fromtimestamp(now / 1000, UTC).date()
    if request.birthday and not _FIRST_BIRTHDAY <= request.birthday < today:
        fault = {"field": "birthday", "message": f"between {_FIRST_BIRTHDAY} and yesterday"}
        raise Invalid(faults=[fault])
    named = request.model_dump(mode="json", include=request.model_fields_set)
    told = {name: value for name, value in named.items() if value is not None}
    cleared = [f"#{name}" for name in _CLEARABLE if name in named and named[name] is None]
    parts = [
        "SET " + ", ".join(f"#{name} = :{name}" for name in told) if told else "",
        "REMOVE " + ", ".join(cleared) if cleared else "",
    ]
    return update(
        "users",
        keys.profile(member),
        " ".join(filter(None, parts)),
        condition="attribute_exists(#pk)",
        refused=lambda _: NotFound(),
        **told,
    )


def me(profile: Item | None, roles: frozenset[str]) -> MeView:
    """What a member is shown of themself. Raises NotFound without a profile."""
    if profile is None:
        raise NotFound()
    shown: dict[str, Any] = {name: profile.get(name) for name in ("name", *_CLEARABLE)}
    return MeView(
        user_id=profile["user_id"],
        email=profile["email"],
        tier="base",
        roles=sorted(roles),
        created_at=instant(profile["created_at"]),
        **shown,
    )
