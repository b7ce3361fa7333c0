"""The door to Cognito, the only one: who members are, their passwords and their tokens.

Every answer of Cognito that has a meaning for a caller becomes a refusal here; any other stops the
request as `UnknownAnswer`, lets nobody in and rings the alarm. No text of Cognito's travels on in
an exception, because it may repeat an address.

Unknown addresses are answered like wrong passwords and wrong codes. Two answers do tell that an
address is registered: EmailTaken, since nobody can register it twice, and Unconfirmed, which
Cognito gives before it looks at the password.
"""

import base64
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import boto3
from aws_lambda_powertools.event_handler import Depends
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from mall import errors
from mall.settings import Settings, settings

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp.client import CognitoIdentityProviderClient

Meanings = dict[str, Callable[[], errors.Refusal]]

# Cognito locks an address for a while after five wrong passwords, and tells so by this text alone.
_LOCKED = "Password attempts exceeded"


class UnknownAnswer(Exception):
    """Cognito said what this door has no meaning for. Holds names only, no text of Cognito's."""


@dataclass(frozen=True)
class Tokens:
    """A session's tokens."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in_s: int


@dataclass(frozen=True)
class Confirmation:
    """A member whose address is proven. `by_this_code` is False when it was proven before."""

    member: str
    by_this_code: bool


def _bad_password() -> errors.Refusal:
    message = (
        "Choose another: long enough, with lower and upper case letters, a digit and a symbol, "
        "and in no list of stolen ones."
    )
    return errors.Invalid.of("password", message)


def _further_step() -> errors.Refusal:
    return errors.Forbidden("This account must take a further step that cannot be taken here.")


_ALWAYS: Meanings = {
    "TooManyRequestsException": errors.RateLimited,
    "LimitExceededException": errors.RateLimited,
    "TooManyFailedAttemptsException": errors.RateLimited,
    "ThrottlingException": errors.RateLimited,
    "InternalErrorException": errors.Busy,
    "ServiceUnavailableException": errors.Busy,
}
# Everything else in a call that sets a password was checked before, so what Cognito finds
# unacceptable is the password.
_NEW_PASSWORD: Meanings = {
    "InvalidPasswordException": _bad_password,
    "InvalidParameterException": _bad_password,
    "PasswordHistoryPolicyViolationException": _bad_password,
}
_CODE: Meanings = {
    "CodeMismatchException": errors.WrongCode,
    "ExpiredCodeException": errors.WrongCode,
    "UserNotFoundException": errors.WrongCode,
}
_CREDENTIALS: Meanings = {
    "NotAuthorizedException": errors.WrongCredentials,
    "UserNotFoundException": errors.WrongCredentials,
    "UserNotConfirmedException": errors.Unconfirmed,
    "PasswordResetRequiredException": _further_step,
}
_NOBODY_TO_MAIL = {
    "UserNotFoundException",
    "InvalidParameterException",  # no proven address to mail to
    "NotAuthorizedException",  # disabled
    "UserNotConfirmedException",
}

_NO_MEMBERS_TOKEN = (
    "NotAuthorizedException",
    "UserNotFoundException",
    "InvalidParameterException",
    "ResourceNotFoundException",
)


class UserPool:
    """The stage's user pool, spoken to as its member client. Thread-safe."""

    def __init__(
        self, client: "CognitoIdentityProviderClient", pool_id: str, client_id: str
    ) -> None:
        self._client = client
        self._pool_id = pool_id
        self._client_id = client_id

    @classmethod
    def on(cls, settings: Settings) -> "UserPool":
        """The pool that a function's settings describe."""
        config = Config(
            connect_timeout=1,
            read_timeout=3,
            retries={"mode": "standard", "total_max_attempts": 2},
            max_pool_connections=16,
        )
        client = boto3.client("cognito-idp", config=config)
        return cls(client, settings.user_pool_id, settings.member_client_id)

    def sign_up(self, email: str, password: str) -> str:
        """The id of a new, unconfirmed member; Cognito mails them a code.

        Raises EmailTaken, Invalid (password), RateLimited, Busy.
        """
        answer = _ask(
            self._client.sign_up,
            {"UsernameExistsException": errors.EmailTaken, **_NEW_PASSWORD},
            ClientId=self._client_id,
            Username=email,
            Password=password,
        )
        member: str = answer["UserSub"]
        return member

    def confirm(self, email: str, code: str) -> Confirmation:
        """Prove an address with its mailed code.

        Cognito refuses a code for an address that is proven already without looking at it, so the
        caller decides what that means. Raises WrongCode, RateLimited, Busy.
        """
        answer = _ask(
            self._client.confirm_sign_up,
            _CODE,
            unless={"NotAuthorizedException"},
            ClientId=self._client_id,
            Username=email,
            ConfirmationCode=code,
        )
        user = _ask(self._client.admin_get_user, _CODE, UserPoolId=self._pool_id, Username=email)
        if not (user["Enabled"] and user["UserStatus"] == "CONFIRMED"):
            raise errors.WrongCode()
        attributes = {each["Name"]: each["Value"] for each in user["UserAttributes"]}
        return Confirmation(attributes["sub"], by_this_code=answer is not None)

    def log_in(self, email: str, password: str) -> Tokens:
        """A new session.

        Raises WrongCredentials, Unconfirmed, Forbidden (a further step), RateLimited, Busy.
        """
        return self._authenticate(
            "ADMIN_USER_PASSWORD_AUTH", {"USERNAME": email, "PASSWORD": password}
        )

    def refresh(self, refresh_token: str) -> Tokens:
        """New tokens of a session; the refresh token goes on unless Cognito gives another one.

        Raises WrongCredentials, Forbidden (a further step), RateLimited, Busy.
        """
        return self._authenticate(
            "REFRESH_TOKEN_AUTH", {"REFRESH_TOKEN": refresh_token}, in_hand=refresh_token
        )

    def member_of(self, access_token: str) -> str:
        """Whose access token this is, where no authorizer has looked at it.

        Cognito checks signature, expiry and revocation, of a token of any pool in the region: so
        what the token says of itself is believed after that, and must name this one.
        Raises NotSignedIn, RateLimited, Busy.
        """
        wrong: Meanings = dict.fromkeys(_NO_MEMBERS_TOKEN, errors.NotSignedIn)
        claims = _claims(access_token)
        _ask(self._client.get_user, wrong, AccessToken=access_token)
        issued_here = str(claims.get("iss", "")).endswith(f"/{self._pool_id}")
        ours = issued_here and claims.get("client_id") == self._client_id
        if not ours or claims.get("token_use") != "access":
            raise errors.NotSignedIn()
        return str(claims["sub"])

    def log_out(self, member: str) -> None:
        """Revoke all of a member's refresh tokens; of a member who is gone there are none.

        Raises RateLimited, Busy.
        """
        self._of_whoever_is_there(self._client.admin_user_global_sign_out, member)

    def disable(self, member: str) -> None:
        """Let a member in no more, and end all sessions; of a member who is gone there are none.

        Raises RateLimited, Busy.
        """
        self._of_whoever_is_there(self._client.admin_disable_user, member)
        self.log_out(member)

    def enable(self, member: str) -> None:
        """Let a member in again. Raises RateLimited, Busy."""
        self._of_whoever_is_there(self._client.admin_enable_user, member)

    def forget(self, member: str) -> None:
        """End all sessions and delete the member, with the address; twice is harmless.

        Raises RateLimited, Busy.
        """
        self.log_out(member)
        self._of_whoever_is_there(self._client.admin_delete_user, member)

    def mail_reset_code(self, email: str) -> None:
        """Mail a reset code if the address is a confirmed member's, and tell nobody whether it is.

        Raises RateLimited, Busy.
        """
        _ask(
            self._client.forgot_password,
            {},
            unless=_NOBODY_TO_MAIL,
            ClientId=self._client_id,
            Username=email,
        )

    def reset_password(self, email: str, code: str, password: str) -> None:
        """Set a password with a mailed code. Raises WrongCode, Invalid, RateLimited, Busy."""
        refused: Meanings = {
            "NotAuthorizedException": errors.WrongCode,
            "UserNotConfirmedException": errors.WrongCode,
        }
        _ask(
            self._client.confirm_forgot_password,
            _CODE | _NEW_PASSWORD | refused,
            ClientId=self._client_id,
            Username=email,
            ConfirmationCode=code,
            Password=password,
        )

    def _of_whoever_is_there(self, call: Callable[..., Any], member: str) -> None:
        gone = {"UserNotFoundException"}
        _ask(call, {}, unless=gone, UserPoolId=self._pool_id, Username=member)

    def _authenticate(
        self, flow: str, parameters: Mapping[str, str], *, in_hand: str | None = None
    ) -> Tokens:
        answer: Mapping[str, Any] = _ask(
            self._client.admin_initiate_auth,
            _CREDENTIALS,
            UserPoolId=self._pool_id,
            ClientId=self._client_id,
            AuthFlow=flow,
            AuthParameters=dict(parameters),
        )
        result = answer.get("AuthenticationResult")
        if not result:  # a challenge, or something nobody has heard of
            raise _further_step()
        refresh = result.get("RefreshToken") or in_hand
        if refresh is None:
            raise UnknownAnswer("AdminInitiateAuth", "no refresh token")
        return Tokens(result["AccessToken"], refresh, result["ExpiresIn"])


def _claims(token: str) -> Mapping[str, Any]:
    """What a token says of itself, not checked in any way. Raises NotSignedIn for no token."""
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError):
        raise errors.NotSignedIn() from None
    if not isinstance(claims, dict):
        raise errors.NotSignedIn()
    return claims


def _ask(
    call: Callable[..., Any], meanings: Meanings, *, unless: Collection[str] = (), **request: Any
) -> Any:
    """Cognito's answer; None for an error code in `unless`; else raises what the error means."""
    try:
        return call(**request)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if error.response["Error"].get("Message", "").startswith(_LOCKED):
            raise errors.RateLimited() from None
        if code in unless:
            return None
        meaning = (_ALWAYS | meanings).get(code)
        raise (meaning() if meaning else UnknownAnswer(error.operation_name, code)) from None
    except (ConnectionError, HTTPClientError):
        raise errors.Busy("The sign-in service did not answer.") from None


@cache
def open_user_pool() -> UserPool:
    """The user pool of this process, of its settings."""
    return UserPool.on(settings())


OpenIdentity = Annotated[UserPool, Depends(open_user_pool)]
