"""Tickets of a scheduled lottery: what they cost, and who is refused."""

import pytest
from mall.clock import instant

from tests.builders import any_id
from tests.events import Answer, member_claims
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
    any_scheduled,
    buy,
    close_the_list,
    try_to_buy,
)
from tests.functional.times import DAY, HOUR, NOON, Time

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
    for lottery in (any_id(), any_draft_lottery()):
        _refused(try_to_buy(any_member_with(100), lottery), 404, "not_found")


def should_refuse_a_lottery_that_sells_no_tickets(time: Time) -> None:
    """An instant one, one that opens later, one that is over, one that was closed."""
    later = {"opens_at": instant(NOON + HOUR)}
    stopped = any_scheduled()
    buy(any_member_with(100), stopped)
    assert call("close_lottery", ADMIN, path={"lottery_id": stopped}).status == 200
    closed = [any_lottery(any_points_prize()), any_scheduled(**later), stopped]
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


def should_sell_on_the_second_day_too(time: Time) -> None:
    lottery = any_scheduled(closes_at=instant(NOON + 3 * DAY), draws_at=instant(NOON + 3 * DAY))
    buy(any_member_with(100), lottery)
    time.forward(DAY)
    buy(any_member_with(100), lottery)


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


def should_sell_no_more_than_can_be_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many the lottery's own limit allows."""
    monkeypatch.setattr("mall.lottery.tickets.TICKETS_MAX", 4)
    member = any_member_with(100)
    for limits in ({}, {"program_total": 9}):
        lottery = any_scheduled(limits=limits)
        buy(member, lottery, 3)
        answer = try_to_buy(member, lottery, 2)
        _refused(answer, 409, "limit_reached")
        assert answer.body["limit"] == 4


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
