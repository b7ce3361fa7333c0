"""What each operation makes of answers that Cognito gives rarely, or that nobody has heard of."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber
from mall import errors
from mall.http import Operation
from mall.identity import open_user_pool

from functions.users.confirm_user import confirm_user
from functions.users.forgot_password import forgot_password
from functions.users.log_in import log_in
from functions.users.log_out import log_out
from functions.users.refresh_session import refresh_session
from functions.users.register_user import register_user
from functions.users.reset_password import reset_password
from tests.events import Answer
from tests.functional.users.people import PASSWORD, by_member, post

ADDRESS = "ada@example.test"
_TALK = f"about {ADDRESS}"  # Cognito's texts repeat what was sent


def _post(handler: Operation[..., Any], path: str, **body: str) -> Callable[[], Answer]:
    return lambda: post(handler, path, body)


# Operation, the call it makes of Cognito, a request that makes it.
CALLS: dict[str, tuple[Operation[..., Any], str, Callable[[], Answer]]] = {
    "register": (
        register_user,
        "sign_up",
        _post(register_user, "/users", email=ADDRESS, password=PASSWORD, name="Ada"),
    ),
    "confirm": (
        confirm_user,
        "confirm_sign_up",
        _post(confirm_user, "/users/confirm", email=ADDRESS, code="1"),
    ),
    "log_in": (
        log_in,
        "admin_initiate_auth",
        _post(log_in, "/sessions", email=ADDRESS, password=PASSWORD),
    ),
    "refresh": (
        refresh_session,
        "admin_initiate_auth",
        _post(refresh_session, "/sessions/refresh", refresh_token="some"),
    ),
    "log_out": (
        log_out,
        "admin_user_global_sign_out",
        lambda: by_member(log_out, "DELETE /v1/sessions", "ada"),
    ),
    "forgot": (
        forgot_password,
        "forgot_password",
        _post(forgot_password, "/passwords/forgot", email=ADDRESS),
    ),
    "reset": (
        reset_password,
        "confirm_forgot_password",
        _post(reset_password, "/passwords/reset", email=ADDRESS, code="1", password=PASSWORD),
    ),
}


def _meanings() -> Iterable[tuple[str, str, int, str | None]]:
    for name in CALLS:
        for code in (
            "TooManyRequestsException",
            "LimitExceededException",
            "TooManyFailedAttemptsException",
            "ThrottlingException",
        ):
            yield name, code, 429, "rate_limited"
        yield name, "InternalErrorException", 503, "busy"
        yield name, "ResourceNotFoundException", 500, "internal"
        yield name, "SomethingNewException", 500, "internal"
        yield name, "AccessDeniedException", 500, "internal"
    for code in ("InvalidPasswordException", "InvalidParameterException"):
        yield "register", code, 422, "invalid"
        yield "reset", code, 422, "invalid"
    yield "reset", "PasswordHistoryPolicyViolationException", 422, "invalid"
    yield "register", "UsernameExistsException", 409, "email_taken"
    yield "register", "CodeDeliveryFailureException", 500, "internal"
    for code in ("CodeMismatchException", "ExpiredCodeException", "UserNotFoundException"):
        yield "confirm", code, 422, "wrong_code"
        yield "reset", code, 422, "wrong_code"
    for code in ("NotAuthorizedException", "UserNotConfirmedException"):
        yield "reset", code, 422, "wrong_code"
        yield "forgot", code, 204, None
    for code in ("UserNotFoundException", "InvalidParameterException"):
        yield "forgot", code, 204, None
    yield "forgot", "CodeDeliveryFailureException", 500, "internal"
    for name in ("log_in", "refresh"):
        yield name, "NotAuthorizedException", 401, "wrong_credentials"
        yield name, "UserNotFoundException", 401, "wrong_credentials"
        yield name, "PasswordResetRequiredException", 403, "forbidden"
        yield name, "InvalidParameterException", 500, "internal"
    yield "log_in", "UserNotConfirmedException", 403, "unconfirmed"
    yield "log_out", "UserNotFoundException", 204, None


@pytest.mark.parametrize(("name", "said", "status", "code"), list(_meanings()))
def should_give_every_answer_a_meaning_or_stop(
    name: str, said: str, status: int, code: str | None, cognito: Stubber
) -> None:
    _, call, request = CALLS[name]
    cognito.add_client_error(call, said, _TALK, http_status_code=400)
    answer = request()
    assert (answer.status, answer.code) == (status, code)
    assert ADDRESS not in str(answer.body)
    if status in (429, 503):
        assert int(answer.headers["retry-after"]) > 0


def should_refuse_a_locked_address_without_calling_the_password_wrong(cognito: Stubber) -> None:
    cognito.add_client_error(
        "admin_initiate_auth", "NotAuthorizedException", "Password attempts exceeded"
    )
    answer = CALLS["log_in"][2]()
    assert (answer.status, answer.code) == (429, "rate_limited")


@pytest.mark.parametrize("challenge", ["SOFTWARE_TOKEN_MFA", "NEW_PASSWORD_REQUIRED", "NEWS"])
def should_let_nobody_in_who_is_asked_for_more(challenge: str, cognito: Stubber) -> None:
    cognito.add_response("admin_initiate_auth", {"ChallengeName": challenge, "Session": "x" * 20})
    answer = CALLS["log_in"][2]()
    assert (answer.status, answer.code) == (403, "forbidden")


def should_let_nobody_in_without_tokens(cognito: Stubber) -> None:
    cognito.add_response("admin_initiate_auth", {})
    assert CALLS["log_in"][2]().status == 403
    half = {"AccessToken": "some", "ExpiresIn": 900}
    cognito.add_response("admin_initiate_auth", {"AuthenticationResult": half})
    assert CALLS["log_in"][2]().status == 500


def should_hand_over_a_refresh_token_that_cognito_rotates(cognito: Stubber) -> None:
    result = {"AccessToken": "some", "RefreshToken": "next", "ExpiresIn": 900}
    cognito.add_response("admin_initiate_auth", {"AuthenticationResult": result})
    assert CALLS["refresh"][2]().body["refresh_token"] == "next"


@pytest.mark.parametrize("name", list(CALLS))
def should_be_busy_when_cognito_does_not_answer(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, call, request = CALLS[name]

    def silent(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://cognito")

    monkeypatch.setattr(open_user_pool()._client, call, silent)
    answer = request()
    assert (answer.status, answer.code) == (errors.Busy.status, errors.Busy.code)
