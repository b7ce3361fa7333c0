"""What everybody asks of lotteries: lists, draws, proofs, seeds; and the job that reveals them."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from mall.identity import open_user_pool
from mall.settings import settings

from infra.operations import Http
from tests.events import Answer, ask, http_event
from tests.functional.acts import call
from tests.stage import BY_NAME, handler


def shown(lottery: str) -> Any:
    """A lottery as everybody sees it."""
    answer = call("get_lottery", path={"lottery_id": lottery})
    assert answer.status == 200, answer.body
    return answer.body


def listed(**query: str) -> Any:
    """A page of lotteries."""
    answer = call("list_lotteries", query=query)
    assert answer.status == 200, answer.body
    return answer.body


def try_to_list(name: str, lottery: str, token: str = "", **query: str) -> Answer:
    """Ask for a page of what a lottery has, with a token or without."""
    trigger = BY_NAME[name].trigger
    assert isinstance(trigger, Http)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    path = {"lottery_id": lottery}
    event = http_event(trigger.route, path=path, query=query, headers=headers)
    return ask(handler(name), event, access="anyone")


def try_to_list_draws(lottery: str, token: str = "", **query: str) -> Answer:
    """Ask for a page of a lottery's draws, with a token or without."""
    return try_to_list("list_draws", lottery, token, **query)


def all_draws(lottery: str, token: str = "", **query: str) -> list[Any]:
    """Every draw that is listed, page by page."""
    found: list[Any] = []
    while True:
        answer = try_to_list_draws(lottery, token, **query)
        assert answer.status == 200, answer.body
        found += answer.body["items"]
        if not answer.body["next_cursor"]:
            return found
        query["cursor"] = answer.body["next_cursor"]


def proof(lottery: str, draw: str) -> Any:
    """The proof of a draw, as everybody may see it."""
    answer = call("get_draw_proof", path={"lottery_id": lottery, "draw_id": draw})
    assert answer.status == 200, answer.body
    return answer.body


def try_to_see_seeds(lottery: str, **query: str) -> Answer:
    """Ask for the seeds of a lottery."""
    return call("get_lottery_seed", path={"lottery_id": lottery}, query=query)


def seeds(lottery: str) -> Mapping[int, str]:
    """The seeds that are revealed, by epoch."""
    answer = try_to_see_seeds(lottery)
    assert answer.status == 200, answer.body
    return {e["epoch"]: e["server_seed"] for e in answer.body["epochs"] if "server_seed" in e}


def reveal() -> Any:
    """Run the job; what it counts."""
    return handler("reveal_lottery_seeds")({}, None)


def token_of(member: str, **changed: object) -> str:
    """An access token as Cognito would have made it for a member, with no signature at all."""
    claims = {
        "sub": member,
        "iss": f"https://cognito.example.test/{settings().user_pool_id}",
        "client_id": settings().member_client_id,
        "token_use": "access",
    } | changed
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.signature"


class Cognito:
    """Answers for a token as Cognito does: by whether it knows it."""

    def __init__(self) -> None:
        self.wrong: set[str] = set()
        self.tired = False

    def get_user(self, **asked: str) -> Mapping[str, object]:
        """The user of a token."""
        if asked["AccessToken"] in self.wrong:
            raise _error("NotAuthorizedException")
        if self.tired:
            raise _error("TooManyRequestsException")
        return {}


def _error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "GetUser")


def stand_in(monkeypatch: pytest.MonkeyPatch) -> Cognito:
    """Let Cognito be this one."""
    open_user_pool.cache_clear()
    cognito = Cognito()
    monkeypatch.setattr(open_user_pool(), "_client", cognito)
    return cognito
