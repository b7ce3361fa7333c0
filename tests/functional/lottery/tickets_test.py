"""Tickets of a scheduled lottery: what they cost, who is refused, and the list of all."""

import hashlib
from typing import Any

import pytest
from botocore.exceptions import ClientError
from mall import keys
from mall.clock import instant

from tests.builders import any_id
from tests.events import Answer, ask, http_event, member_claims
from tests.functional.acts import (
    ADMIN,
    any_member_with,
    available,
    call,
    close_account,
    everything,
    kinds,
    set_program,
)
from tests.functional.lottery.games import any_draft_lottery, any_lottery, any_points_prize
from tests.functional.lottery.scheduled_games import (
    CLOSES_AT,
    any_listed_lottery,
    any_scheduled,
    buy,
    close_the_list,
    listed,
    try_to_buy,
)
from tests.functional.lottery.seen import stand_in, token_of
from tests.functional.times import DAY, HOUR, NOON, Time
from tests.stage import handler

# --- buying --------------------------------------------------------------------------------------


def should_take_the_cost_of_each_ticket() -> None:
    member, lottery = any_member_with(100), any_scheduled()
    bought = buy(member, lottery, 3)
    assert (bought["quantity"], bought["points_spent"]) == (3, 30)
    assert (bought["member_id"], bought["bought_at"]) == (member, instant(NOON))
    assert available(member) == 70
    assert kinds(member)[-1] == ("lottery_cost", -30)


def should_give_free_tickets_for_nothing() -> None:
    member, lottery = any_member_with(5), any_scheduled(cost=0)
    assert buy(member, lottery, 2)["points_spent"] == 0
    assert [kind for kind, _ in kinds(member)] == ["earn"]


def should_answer_a_retry_as_before(time: Time) -> None:
    """Cases 36 and 40: even when that purchase has taken all points, and the lottery is over."""
    member, lottery = any_member_with(20), any_scheduled()
    first = try_to_buy(member, lottery, 2, "key")
    again = [try_to_buy(member, lottery, 2, "key")]
    close_the_list(time)
    again.append(try_to_buy(member, lottery, 2, "key"))
    assert [answer.body for answer in again] == [first.body] * 2
    assert {answer.headers["idempotent-replayed"] for answer in again} == {"true"}
    assert available(member) == 0


def should_take_a_key_for_each_lottery_and_member_apart() -> None:
    """Case 41."""
    lotteries, members = (
        [any_scheduled(), any_scheduled()],
        [any_member_with(100), any_member_with(100)],
    )
    for lottery in lotteries:
        for member in members:
            assert try_to_buy(member, lottery, 1, "key").status == 201
    assert [available(member) for member in members] == [80, 80]


def should_refuse_another_quantity_under_the_same_key() -> None:
    """Case 37."""
    member, lottery = any_member_with(100), any_scheduled()
    try_to_buy(member, lottery, 2, "key")
    answer = try_to_buy(member, lottery, 3, "key")
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert available(member) == 80


def should_refuse_who_sends_no_key() -> None:
    path = {"lottery_id": any_scheduled()}
    answer = call("buy_tickets", member_claims("m"), path=path, body={"quantity": 1})
    assert (answer.status, answer.code) == (400, "idempotency_key_required")


@pytest.mark.parametrize("quantity", [0, -1, 101, 1.0, "1", True, None, 2**53])
def should_refuse_what_is_no_number_of_tickets(quantity: object) -> None:
    """Cases 3 and 4."""
    answer = try_to_buy(any_id(), any_scheduled(), quantity)
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["quantity"])


def _refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.code) == (status, code), answer.body


def should_refuse_who_cannot_pay() -> None:
    """Cases 63 and 45: the balance is unchanged, and the key can be used again."""
    member, lottery = any_member_with(25), any_scheduled()
    before = everything()
    answer = try_to_buy(member, lottery, 3, "key")
    _refused(answer, 409, "insufficient_points")
    assert answer.body["available"] == 25
    assert everything() == before
    assert try_to_buy(member, lottery, 2, "key").status == 201


def should_refuse_an_account_that_is_closed() -> None:
    """Case 84, whether or not the tickets cost anything."""
    member = any_member_with(100)
    close_account(member)
    for cost in (10, 0):
        _refused(try_to_buy(member, any_scheduled(cost=cost)), 403, "account_closed")


def should_refuse_a_lottery_that_nobody_knows() -> None:
    _refused(try_to_buy(any_member_with(100), any_id()), 404, "not_found")


def should_refuse_a_lottery_that_sells_no_tickets(time: Time) -> None:
    """A draft, an instant one, one that opens later, one that is over, one that was closed."""
    later = {"opens_at": instant(NOON + HOUR)}
    stopped = any_scheduled()
    buy(any_member_with(100), stopped)
    assert call("close_lottery", ADMIN, path={"lottery_id": stopped}).status == 200
    closed = [any_draft_lottery(), any_lottery(any_points_prize()), any_scheduled(**later), stopped]
    for lottery in closed:
        answer = try_to_buy(any_member_with(100), lottery)
        _refused(answer, 409, "lottery_closed")
    over = any_scheduled()
    time.set(CLOSES_AT - 1)
    buy(any_member_with(100), over)
    time.set(CLOSES_AT)
    _refused(try_to_buy(any_member_with(100), over), 409, "lottery_closed")


def should_refuse_a_draw_in_a_scheduled_lottery() -> None:
    path, member = {"lottery_id": any_scheduled()}, any_member_with(100)
    answer = call("draw_lottery", member_claims(member), path=path, body={}, key="key")
    _refused(answer, 409, "lottery_closed")


# --- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ("member_total", "limit_reached"),
        ("program_total", "limit_reached"),
        ("member_per_day", "daily_limit_reached"),
        ("program_per_day", "daily_limit_reached"),
    ],
)
def should_sell_as_many_as_a_limit_allows(limit: str, code: str) -> None:
    member, lottery = any_member_with(100), any_scheduled(limits={limit: 5}, shards=3)
    buy(member, lottery, 3)
    answer = try_to_buy(member, lottery, 3)
    _refused(answer, 409, code)
    assert answer.body["limit"] == 5
    buy(member, lottery, 2)
    _refused(try_to_buy(member, lottery), 409, code)
    assert available(member) == 50
    others = try_to_buy(any_member_with(100), lottery)
    assert others.status == (201 if limit.startswith("member") else 409)


def should_sell_what_several_shards_have_room_for() -> None:
    """Case 82: none of four shards has room for more than two."""
    member, lottery = any_member_with(100), any_scheduled(limits={"program_total": 8}, shards=4)
    assert buy(member, lottery, 5)["quantity"] == 5
    assert buy(member, lottery, 3)["quantity"] == 3
    _refused(try_to_buy(member, lottery), 409, "limit_reached")


@pytest.mark.parametrize("limit", ["member_per_day", "program_per_day"])
def should_count_a_day_from_the_programs_midnight(limit: str, time: Time) -> None:
    """Case 67: midnight of the program's zone, which is 5 hours behind UTC."""
    set_program(zone="America/New_York")
    midnight = NOON + 17 * HOUR
    member, lottery = any_member_with(1_000), any_scheduled(limits={limit: 4})
    buy(member, lottery, 3)
    time.set(midnight - 1)
    _refused(try_to_buy(member, lottery, 2), 409, "daily_limit_reached")
    buy(member, lottery)
    _refused(try_to_buy(member, lottery), 409, "daily_limit_reached")
    time.set(midnight)
    buy(member, lottery, 4)
    _refused(try_to_buy(member, lottery), 409, "daily_limit_reached")


def should_tell_of_the_limit_ever_before_that_of_the_day() -> None:
    limits = {"member_total": 2, "program_total": 1, "member_per_day": 1, "program_per_day": 1}
    member = any_member_with(100)
    told = []
    while limits:
        answer = try_to_buy(member, any_scheduled(limits=limits), 3)
        told.append((answer.code, answer.body["limit"]))
        del limits[next(iter(limits))]
    assert told == [
        ("limit_reached", 2), ("limit_reached", 1), ("daily_limit_reached", 1),
        ("daily_limit_reached", 1),
    ]  # fmt: skip


# --- the list ------------------------------------------------------------------------------------


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


def should_sell_on_the_second_day_too(time: Time) -> None:
    lottery = any_scheduled(closes_at=instant(NOON + 3 * DAY), draws_at=instant(NOON + 3 * DAY))
    buy(any_member_with(100), lottery)
    time.forward(DAY)
    buy(any_member_with(100), lottery)
