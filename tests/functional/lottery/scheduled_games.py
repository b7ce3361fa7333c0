"""Scheduled lotteries that tests play: tickets, the job that draws, and who won."""

from typing import Any

from mall.clock import instant
from mall.ids import new_id

from tests.events import Answer, member_claims
from tests.functional.acts import ADMIN, call
from tests.functional.lottery.games import any_lottery
from tests.functional.times import DAY, HOUR, NOON, Time
from tests.stage import handler

CLOSES_AT = NOON + DAY
DRAWS_AT = CLOSES_AT + HOUR


def any_scheduled(*prizes: dict[str, Any], **changed: object) -> str:
    """The id of a scheduled lottery that sells tickets for a day, at 10 points, and draws then."""
    terms = {"kind": "scheduled", "closes_at": instant(CLOSES_AT), "draws_at": instant(DRAWS_AT)}
    table = prizes or (points_for(1),)
    return any_lottery(*table, **{**terms, **changed})


def points_for(winners: int, points: int = 100, prize_id: str = "points") -> dict[str, Any]:
    """A prize in points for so many tickets."""
    return {
        "prize_id": prize_id, "name": prize_id.title(), "kind": "points", "points": points,
        "stock": winners,
    }  # fmt: skip


def try_to_buy(member: str, lottery: str, quantity: object = 1, key: str | None = None) -> Answer:
    """Ask for tickets."""
    return call(
        "buy_tickets",
        member_claims(member),
        path={"lottery_id": lottery},
        body={"quantity": quantity},
        key=key or new_id(),
    )


def buy(member: str, lottery: str, quantity: int = 1) -> dict[str, Any]:
    """Tickets that were bought."""
    answer = try_to_buy(member, lottery, quantity)
    assert answer.status == 201, answer.body
    bought: dict[str, Any] = answer.body
    return bought


def run_the_job() -> dict[str, int]:
    """What one run of the job came to."""
    counts: dict[str, int] = handler("draw_scheduled_lotteries")({}, None)
    return counts


def close_the_list(time: Time) -> None:
    """Let the time of selling be over, and the job come."""
    time.set(CLOSES_AT)
    run_the_job()


def draw_the_winners(time: Time) -> None:
    """Let the time of drawing come, and the job."""
    time.set(DRAWS_AT)
    run_the_job()


def enter_beacon(lottery: str, value: object = "4711") -> Answer:
    """Ask to enter a beacon's value."""
    path = {"lottery_id": lottery}
    return call("set_beacon", ADMIN, path=path, body={"value": value})


def listed(lottery: str, **query: str) -> Answer:
    """A page of the list of tickets."""
    return call("list_tickets", path={"lottery_id": lottery}, query=query)


def winners(lottery: str) -> list[dict[str, Any]]:
    """Who won, by rank."""
    answer = call("list_winners", path={"lottery_id": lottery}, query={"limit": "100"})
    assert answer.status == 200, answer.body
    won: list[dict[str, Any]] = answer.body["items"]
    return won


def any_listed_lottery(**changed: object) -> str:
    """The id of one that an admin has closed before its time, and whose list is final."""
    lottery = any_scheduled(**changed)
    assert call("close_lottery", ADMIN, path={"lottery_id": lottery}).status == 200
    run_the_job()
    return lottery
