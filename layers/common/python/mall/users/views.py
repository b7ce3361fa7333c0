"""What is shown of members, to themselves and to admins."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from mall.clock import instant
from mall.errors import NotFound
from mall.models import View, is_none
from mall.users.profile import CLEARABLE, ERASED
from mall.writes import Item


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


AccountStatus = Literal["unconfirmed", "confirmed", "disabled"]


class AccountView(View):
    """Whether an account may be used. `disabled` hides which of the others it would be."""

    user_id: str
    status: AccountStatus


class ErasureView(View):
    """An erasure that was begun: nothing can stop it any more."""

    user_id: str
    status: Literal["erasing"] = "erasing"


def session(access_token: str, refresh_token: str, expires_in_s: int) -> SessionView:
    """The answer that carries a session's tokens to its owner."""
    return SessionView(
        access_token=access_token, refresh_token=refresh_token, expires_in=expires_in_s
    )


def me(profile: Item | None, roles: frozenset[str], tier: str) -> MeView:
    """What a member is shown of themself. Raises NotFound without a profile, or when erased."""
    if profile is None or profile["status"] == ERASED:
        raise NotFound()
    shown: dict[str, Any] = {name: profile.get(name) for name in ("name", *CLEARABLE)}
    return MeView(
        user_id=profile["user_id"],
        email=profile["email"],
        tier=tier,
        roles=sorted(roles),
        created_at=instant(profile["created_at"]),
        **shown,
    )
