"""What members may tell us, and in which words."""

import re
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from mall.models import Request, ShortText

# Cognito takes no longer user name, and the address is the user name.
EMAIL_LENGTH_MAX = 128
PASSWORD_LENGTH_MAX = 256

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
Phone = Annotated[str, Field(pattern=_E164)]
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
    phone: Phone | None = None
    locale: Annotated[str, Field(pattern=_LANGUAGE_TAG)] | None = None

    @model_validator(mode="after")
    def _change_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one field to change")
        return self


class DisableUserRequest(Request):
    """Why an account is disabled; for admins' eyes, and erased with the profile."""

    reason: ShortText
