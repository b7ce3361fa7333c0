"""Members: what they may tell us, what is written of it, and what is shown.

`requests`  what a body may hold      `profile`  the profile and its address, as write parts
`views`     what is answered          `closing`  disabling, enabling, erasing
`addresses` a member's, and orders'   `countries`  where an address may be

Cognito decides who a member is: the member's id is Cognito's `sub`, and passwords, tokens and
groups stay there. This room decides what the `users` table holds: one profile per member, and one
item per confirmed e-mail address that resolves it to its member.
"""

from mall.users.closing import account, disable, enable, erase, is_disabled, is_erased
from mall.users.profile import change, confirm, register
from mall.users.requests import (
    ConfirmUserRequest,
    DisableUserRequest,
    ForgotPasswordRequest,
    LogInRequest,
    RefreshSessionRequest,
    RegisterUserRequest,
    ResetPasswordRequest,
    UpdateMeRequest,
)
from mall.users.views import (
    AccountView,
    ErasureView,
    MeView,
    RegisteredUserView,
    SessionView,
    me,
    session,
)

__all__ = [
    "AccountView",
    "ConfirmUserRequest",
    "DisableUserRequest",
    "ErasureView",
    "ForgotPasswordRequest",
    "LogInRequest",
    "MeView",
    "RefreshSessionRequest",
    "RegisterUserRequest",
    "RegisteredUserView",
    "ResetPasswordRequest",
    "SessionView",
    "UpdateMeRequest",
    "account",
    "change",
    "confirm",
    "disable",
    "enable",
    "erase",
    "is_disabled",
    "is_erased",
    "me",
    "register",
    "session",
]
