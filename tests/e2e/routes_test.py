"""The run as a whole: every operation that has a route was asked, and did what it is for."""

import httpx

from tests.e2e import routes
from tests.e2e.mall import Client


def should_have_asked_every_operation() -> None:
    """It runs after all others, see conftest; with some of them alone it fails."""
    assert routes.never_granted() == []


def should_let_nobody_in_without_a_token() -> None:
    """The gateway refuses before a function runs; whatever is open says so in its line."""
    for route in routes.CLOSED:
        answer = Client().ask(*routes.path_of(route))
        assert answer.status_code == httpx.codes.UNAUTHORIZED, route
