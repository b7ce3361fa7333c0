"""The list of tickets: final once the lottery has closed, hashed as anyone can; and one's own."""

import hashlib
from typing import Any

import pytest
from botocore.exceptions import ClientError
from mall import keys
from mall.clock import instant

from tests.builders import any_id
from tests.events import Answer, ask, http_event
from tests.functional.acts import any_member_with
from tests.functional.lottery.games import any_draft_lottery
from tests.functional.lottery.scheduled_games import (
    CLOSES_AT,
    any_listed_lottery,
    any_scheduled,
    buy,
    close_the_list,
    listed,
)
from tests.functional.lottery.seen import stand_in, token_of
from tests.functional.times import Time
from tests.stage import handler


def _refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.code) == (status, code), answer.body


def _all_listed(lottery: str, limit: int) -> list[dict[str, Any]]:
    """Every line of the list, page by page; none but the last is short."""
    found: list[dict[str, Any]] = []
    query = {"limit": str(limit)}
    while True:
        page = listed(lottery, **query)
        assert page.status == 200, page.body
        found += page.body["items"]
        if not page.body["next_cursor"]:
            return found
        assert len(page.body["items"]) == limit
        query["cursor"] = page.body["next_cursor"]


@pytest.mark.parametrize("limit", [1, 2, 5, 1_000])
def should_let_anyone_compute_the_hash_of_the_list(limit: int, time: Time) -> None:
    lottery = any_scheduled(limits={"member_total": 20})
    for _ in range(4):
        member = any_member_with(100)
        for quantity in (1, 2):
            buy(member, lottery, quantity)
    close_the_list(time)
    found = _all_listed(lottery, limit)
    lines: dict[str, list[str]] = {letter: [] for letter in keys.TICKET_LETTERS}
    for each in found:
        line = f"{each['purchase_id']} {each['member_id']} {each['quantity']}\n"
        lines[each["purchase_id"][0]].append(line)
    digests = [hashlib.sha256("".join(each).encode()).digest() for each in lines.values()]
    listing = listed(lottery).body["listing"]
    assert listing["list_hash"] == hashlib.sha256(b"".join(digests)).hexdigest()
    assert (listing["purchases"], listing["tickets"]) == (8, 12)
    assert listing["listed_at"] == instant(CLOSES_AT)


def should_list_nothing_when_nobody_bought() -> None:
    answer = listed(any_listed_lottery())
    assert (answer.status, answer.body["items"], answer.body["next_cursor"]) == (200, [], None)
    assert answer.body["listing"]["tickets"] == 0


def should_show_no_list_that_may_still_grow(time: Time) -> None:
    lottery = any_scheduled()
    answer = listed(lottery)
    _refused(answer, 409, "lottery_not_closed")
    assert answer.body["closes_at"] == instant(CLOSES_AT)
    time.set(CLOSES_AT)
    _refused(listed(lottery), 409, "lottery_not_closed")


def should_know_no_draft() -> None:
    for lottery in (any_draft_lottery(), any_id()):
        _refused(listed(lottery), 404, "not_found")


@pytest.mark.parametrize("limit", ["0", "1001", "x"])
def should_refuse_a_page_of_no_such_length(limit: str) -> None:
    _refused(listed(any_scheduled(), limit=limit), 422, "invalid")


def _of(member: str, lottery: str, **query: str) -> Answer:
    """A page of a member's own tickets."""
    event = http_event(
        "GET /v1/lotteries/{lottery_id}/tickets",
        path={"lottery_id": lottery},
        query={"mine": "true", **query},
        headers={"Authorization": f"Bearer {token_of(member)}"},
    )
    return ask(handler("list_tickets"), event, access="anyone")


def should_show_members_their_own_at_any_time(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch)
    member, other, lottery = any_member_with(100), any_member_with(100), any_scheduled()
    mine = sorted((buy(member, lottery, n) for n in (1, 2, 3)), key=lambda p: str(p["purchase_id"]))
    buy(other, lottery)
    assert _of(member, lottery).body == {"items": mine, "next_cursor": None}
    first = _of(member, lottery, limit="2").body
    rest = _of(member, lottery, limit="2", cursor=first["next_cursor"]).body
    assert first["items"] + rest["items"] == mine
    _refused(_of(other, lottery, cursor=first["next_cursor"]), 400, "bad_cursor")
    close_the_list(time)
    assert _of(member, lottery).body["items"] == mine
    assert _of(member, lottery).body["listing"]["tickets"] == 7


def should_ask_who_wants_their_own_to_sign_in() -> None:
    _refused(listed(any_scheduled(), mine="true"), 401, "not_signed_in")


def should_refuse_when_cognito_is_asked_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    cognito = stand_in(monkeypatch)

    def too_often(**_: object) -> None:
        error: Any = {"Error": {"Code": "TooManyRequestsException", "Message": ""}}
        raise ClientError(error, "GetUser")

    monkeypatch.setattr(cognito, "get_user", too_often)
    _refused(_of("m", any_scheduled()), 429, "rate_limited")
