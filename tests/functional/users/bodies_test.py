"""What each operation that takes a body makes of one that cannot be read, or says nothing."""

from collections.abc import Mapping
from typing import Any

import pytest
from mall.http import Operation

from functions.users.change_address import change_address
from functions.users.confirm_user import confirm_user
from functions.users.create_address import create_address
from functions.users.forgot_password import forgot_password
from functions.users.log_in import log_in
from functions.users.refresh_session import refresh_session
from functions.users.register_user import register_user
from functions.users.reset_password import reset_password
from functions.users.update_me import update_me
from tests.events import Answer, ask, http_event, member_claims

ROUTES: Mapping[str, tuple[Operation[..., Any], str]] = {
    "POST /v1/users": (register_user, "anyone"),
    "POST /v1/users/confirm": (confirm_user, "anyone"),
    "POST /v1/sessions": (log_in, "anyone"),
    "POST /v1/sessions/refresh": (refresh_session, "anyone"),
    "POST /v1/passwords/forgot": (forgot_password, "anyone"),
    "POST /v1/passwords/reset": (reset_password, "anyone"),
    "PATCH /v1/me": (update_me, "member"),
    "POST /v1/me/addresses": (create_address, "member"),
    "PUT /v1/me/addresses/{address_id}": (change_address, "member"),
}
UNREADABLE: Mapping[str, object] = {
    "no JSON": "{",
    "no object": "[]",
    "no UTF-8": b'{"email": "\xff"}',
    "half a character": '{"name": "\\ud800"}',
    "a name twice": '{"name": "Ada", "name": "Eve"}',
    "too deep": "[" * 100_000,
}


def _send(route: str, body: object) -> Answer:
    handler, access = ROUTES[route]
    return ask(handler, http_event(route, body=body, claims=member_claims("ada")), access=access)


@pytest.mark.parametrize("what", UNREADABLE)
@pytest.mark.parametrize("route", ROUTES)
def should_refuse_a_body_that_cannot_be_read(route: str, what: str) -> None:
    answer = _send(route, UNREADABLE[what])
    assert (answer.status, answer.code) == (400, "malformed")


@pytest.mark.parametrize("body", [None, {}, {"surprise": 1}])
@pytest.mark.parametrize("route", ROUTES)
def should_refuse_a_body_that_lacks_what_is_needed(route: str, body: object) -> None:
    answer = _send(route, body)
    assert (answer.status, answer.code) == (422, "invalid")
