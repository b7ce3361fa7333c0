"""Lotteries that tests play: builders, and what members and admins do with them."""

from typing import Any

from mall.clock import instant
from mall.ids import new_id

from tests.events import Answer, member_claims
from tests.functional.acts import ADMIN, call
from tests.functional.times import DAY, NOON

NOTHING = {"prize_id": "nothing", "name": "Nothing", "kind": "nothing", "weight": 1}


def any_points_prize(points: int = 50, **changed: object) -> dict[str, Any]:
    """A prize in points that everybody may win; fields changed by name."""
    prize = {"prize_id": "points", "name": "Points", "kind": "points", "weight": 1}
    return {**prize, "points": points, **changed}


def any_lottery_request(*prizes: dict[str, Any], **changed: object) -> dict[str, Any]:
    """An instant lottery of ten days that opens now, at 10 points a draw."""
    table = list(prizes) or [NOTHING]
    request: dict[str, Any] = {
        "name": "Wheel",
        "kind": "instant",
        "cost": 10,
        "opens_at": instant(NOON),
        "closes_at": instant(NOON + 10 * DAY),
        "prizes": table,
        "shards": 2,
    }
    if any("points" in prize for prize in table):
        request["budget"] = 1_000_000
    return {name: value for name, value in {**request, **changed}.items() if value is not None}


def any_draft_lottery(*prizes: dict[str, Any], **changed: object) -> str:
    """The id of a lottery that has not opened."""
    answer = try_to_create(any_lottery_request(*prizes, **changed))
    assert answer.status == 201, answer.body
    return str(answer.body["lottery_id"])


def try_to_create(body: object, key: str | None = None) -> Answer:
    """Ask for a new lottery."""
    return call("create_lottery", ADMIN, body=body, key=key or new_id())


def open_lottery(lottery: str) -> Answer:
    """Ask to open a lottery."""
    return call("open_lottery", ADMIN, path={"lottery_id": lottery})


def any_lottery(*prizes: dict[str, Any], **changed: object) -> str:
    """The id of a lottery that is open."""
    lottery = any_draft_lottery(*prizes, **changed)
    answer = open_lottery(lottery)
    assert answer.status == 200, answer.body
    return lottery


def try_to_draw(
    member: str, lottery: str, key: str | None = None, client_seed: str | None = None
) -> Answer:
    """Ask for a draw."""
    body = {"client_seed": client_seed} if client_seed else {}
    return call(
        "draw_lottery",
        member_claims(member),
        path={"lottery_id": lottery},
        body=body,
        key=key or new_id(),
    )


def draw(member: str, lottery: str, **changed: str) -> dict[str, Any]:
    """A draw that was made."""
    answer = try_to_draw(member, lottery, **changed)
    assert answer.status == 201, answer.body
    made: dict[str, Any] = answer.body
    return made
