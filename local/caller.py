"""One caller of the mall's own API, for filling it with demo data the way any client would."""

import time
from collections.abc import Collection
from http import HTTPStatus
from typing import Any

import httpx

from local.handover import Login, Partner
from local.progress import Failure

_TRIES = 5
# What the emulator sends as the sign-up code of everybody.
_SIGN_UP_CODE = "123456"


class Caller:
    """A client of the API with a token, or with none."""

    def __init__(self, client: httpx.Client, token: str | None = None) -> None:
        """Call through `client`, whose base is the API's, as whoever `token` was given to."""
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str) -> httpx.Response:
        """GET `path`. Raises Failure on any answer that is not 2xx."""
        return self._ask("GET", path, (), {})

    def post(
        self,
        path: str,
        body: dict[str, Any],
        *,
        key: str | None = None,
        accepts: Collection[HTTPStatus] = (),
    ) -> httpx.Response:
        """POST `body` to `path` with `key` as Idempotency-Key; any 2xx or a status in `accepts`.

        Raises Failure on any other answer.
        """
        headers = {"Idempotency-Key": key} if key else {}
        return self._ask("POST", path, accepts, headers, body)

    def put(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """PUT `body` to `path`. Raises Failure on any answer that is not 2xx."""
        return self._ask("PUT", path, (), {}, body)

    def _ask(
        self,
        method: str,
        path: str,
        accepts: Collection[HTTPStatus],
        headers: dict[str, str],
        body: dict[str, Any] | None = None,
    ) -> httpx.Response:
        """Ask, and ask again a few times where the answer is to come again later."""
        for _ in range(_TRIES):
            answer = self._client.request(method, path, json=body, headers=self._headers | headers)
            if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                break
            time.sleep(float(answer.headers.get("Retry-After", "1")))
        if answer.is_success or answer.status_code in accepts:
            return answer
        raise Failure(
            f"The demo data could not be added: {method} {path} was answered with "
            f"{answer.status_code} {answer.text[:300]}"
        )


def sign_in(client: httpx.Client, login: Login, name: str) -> Caller:
    """Log in as a member, who is registered and confirmed first where that has not happened."""
    anyone = Caller(client)
    refused = HTTPStatus.UNAUTHORIZED
    answer = anyone.post("/sessions", {**login}, accepts={refused})
    if answer.status_code == refused:
        anyone.post("/users", {**login, "name": name}, accepts={HTTPStatus.CONFLICT})
        anyone.post("/users/confirm", {"email": login["email"], "code": _SIGN_UP_CODE})
        answer = anyone.post("/sessions", {**login})
    return Caller(client, answer.json()["access_token"])


def sign_in_partner(client: httpx.Client, partner: Partner, scope: str) -> Caller:
    """Get a machine client's token for `scope`. Raises Failure when it is refused."""
    answer = httpx.post(
        partner["token_url"],
        data={"grant_type": "client_credentials", "scope": scope},
        auth=(partner["client_id"], partner["client_secret"]),
        trust_env=False,
    )
    if not answer.is_success:
        raise Failure(f"The partner client got no token: {answer.status_code} {answer.text[:300]}")
    return Caller(client, answer.json()["access_token"])
