"""Drawing: what a draw costs, wins and records, and who is refused one."""

from typing import Any

import pytest
from mall.clock import instant
from mall.models import MAX_INTEGER

from tests.builders import any_id
from tests.events import Answer, member_claims
from tests.functional.acts import (
    adjust,
    any_confirmed_member,
    any_member_with,
    any_product,
    available,
    call,
    cancel,
    close_account,
    everything,
    kinds,
    order_of,
    set_program,
    shelf_holds,
)
from tests.functional.lottery.games import (
    NOTHING,
    any_draft_lottery,
    any_lottery,
    any_points_prize,
    draw,
    open_lottery,
    try_to_draw,
)
from tests.functional.times import DAY, HOUR, NOON, Time

# --- a draw --------------------------------------------------------------------------------------


def should_take_the_cost_and_win_nothing() -> None:
    member, lottery = any_member_with(100), any_lottery(cost=30)
    made = draw(member, lottery)
    assert (made["points_spent"], made["outcome"]) == (
        30,
        {"prize_id": "nothing", "name": "Nothing", "kind": "nothing"},
    )
    assert "points_won" not in made
    assert "order_id" not in made
    assert available(member) == 70
    assert kinds(member)[-1] == ("lottery_cost", -30)


def should_win_points() -> None:
    member, lottery = any_member_with(100), any_lottery(any_points_prize(50))
    made = draw(member, lottery)
    assert (made["points_won"], available(member)) == (50, 140)
    assert kinds(member)[-2:] == [("lottery_cost", -10), ("lottery_prize", 50)]


def should_cost_nothing_where_a_draw_is_free() -> None:
    member, lottery = any_confirmed_member(), any_lottery(cost=0)
    assert draw(member, lottery)["points_spent"] == 0
    assert kinds(member) == []


def should_show_what_a_draw_follows_from() -> None:
    member, lottery = any_member_with(100), any_lottery()
    anchor = open_lottery(lottery).body["server_seed_hash"]
    proof = draw(member, lottery, client_seed="my own")["proof"]
    assert {name: proof[name] for name in ("member_id", "client_seed", "nonce", "epoch")} == {
        "member_id": member,
        "client_seed": "my own",
        "nonce": 1,
        "epoch": 1,
    }
    assert proof["server_seed_hash"] == anchor
    assert draw(member, lottery)["proof"]["client_seed"] == member


def should_order_a_product_that_is_won_from_units_set_aside() -> None:
    """Case 62, one after the other: what is gone is substituted, as the table says."""
    product = any_product(codes=3, type="coupon")
    prize = {
        "prize_id": "code", "name": "Code", "kind": "coupon", "weight": 9, "stock": 2,
        "product_id": product, "substitute": "nothing",
    }  # fmt: skip
    member, lottery = any_member_with(1000), any_lottery(prize, NOTHING)
    assert shelf_holds(product) == 1
    made = [draw(member, lottery) for _ in range(20)]
    won = [each for each in made if each["outcome"]["prize_id"] == "code"]
    assert sorted(each["outcome"]["serial"] for each in won) == [1, 2]
    assert [each["nonce"] for each in made] == list(range(1, 21))
    for each in won:
        order = order_of(member, each["order_id"])
        assert (order["status"], order["points"], order["quantity"]) == ("placed", 0, 1)
    substituted = [each["proof"] for each in made if each["proof"]["substituted"]]
    assert {(proof["sampled"], proof["prize_id"]) for proof in substituted} == {("code", "nothing")}
    assert shelf_holds(product) == 1
    cancel(member, won[0]["order_id"])
    assert shelf_holds(product) == 2


def should_give_the_guaranteed_prize_at_every_third_draw() -> None:
    """Case 65, one after the other."""
    sure = any_points_prize(7, weight=1)
    rarely = NOTHING | {"weight": 10**12}
    pity = {"draws": 3, "prize_id": "points"}
    member, lottery = any_member_with(200), any_lottery(sure, rarely, pity=pity)
    proofs = [draw(member, lottery)["proof"] for _ in range(7)]
    assert [proof["prize_id"] == "points" for proof in proofs] == [
        False, False, True, False, False, True, False,
    ]  # fmt: skip
    assert [proof["since"] for proof in proofs] == [0, 1, 2, 0, 1, 2, 0]
    assert [proof["forced"] for proof in proofs].count(True) == 2


def should_draw_with_another_seed_each_day(time: Time) -> None:
    member, lottery = any_member_with(100), any_lottery()
    assert draw(member, lottery)["proof"]["epoch"] == 1
    time.forward(DAY - 1)
    assert draw(member, lottery)["proof"]["epoch"] == 1
    time.forward(1)
    assert draw(member, lottery)["proof"]["epoch"] == 2


# --- again with the same key ---------------------------------------------------------------------


def should_answer_a_retry_as_before(time: Time) -> None:
    """Case 64: though the purse is empty and the lottery over by then."""
    member, lottery = any_member_with(10), any_lottery(any_points_prize(3))
    first = try_to_draw(member, lottery, "key")
    time.forward(11 * DAY)
    before = everything()
    again = try_to_draw(member, lottery, "key")
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert everything() == before


def should_refuse_another_request_under_the_same_key() -> None:
    member, lottery = any_member_with(100), any_lottery()
    draw(member, lottery, key="key")
    answer = try_to_draw(member, lottery, "key", client_seed="another")
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")


def should_know_a_key_by_its_member_and_lottery() -> None:
    """Case 41 for draws."""
    one, other = any_lottery(), any_lottery()
    member, rival = any_member_with(100), any_member_with(100)
    made = [draw(who, where, key="key") for who in (member, rival) for where in (one, other)]
    assert len({each["draw_id"] for each in made}) == 4


# --- refusals ------------------------------------------------------------------------------------

PRECEDENCE = [
    (400, "malformed"),
    (422, "invalid"),
    (400, "idempotency_key_required"),
    (404, "not_found"),
    (409, "lottery_closed"),
    (409, "limit_reached"),
    (409, "daily_limit_reached"),
    (403, "account_closed"),
    (409, "insufficient_points"),
]


@pytest.mark.parametrize("first", range(len(PRECEDENCE)), ids=[code for _, code in PRECEDENCE])
def should_tell_the_first_refusal_and_write_nothing(first: int) -> None:
    """Each row is wrong in its own way and in every later one. Case 63: nothing is drawn."""
    wrong = [code for _, code in PRECEDENCE[first:]]
    answer = _try_what_is(wrong)
    assert (answer.status, answer.code) == PRECEDENCE[first]


def _try_what_is(wrong: list[str]) -> Answer:
    broke = {"limit_reached", "daily_limit_reached", "account_closed"} & set(wrong)
    member = any_member_with(10) if broke else any_member_with(9)
    limits = {"member_total": 1 if "limit_reached" in wrong else 2, "member_per_day": 1}
    lottery = any_lottery(limits=limits)
    if broke:
        draw(member, lottery)
    if "lottery_closed" in wrong:
        lottery = any_lottery(opens_at=instant(NOON + HOUR))
    if "daily_limit_reached" not in wrong:
        lottery = any_lottery()
    if "account_closed" in wrong:
        close_account(member)
    body: Any = {"client_seed": ""} if "invalid" in wrong else {}
    before = everything()
    answer = call(
        "draw_lottery",
        member_claims(member),
        path={"lottery_id": "unknown" if "not_found" in wrong else lottery},
        body="{" if "malformed" in wrong else body,
        key=None if "idempotency_key_required" in wrong else any_id(),
    )
    assert everything() == before
    return answer


@pytest.mark.parametrize(
    "body",
    [{"client_seed": "x" * 65}, {"client_seed": "a\x00b"}, {"client_seed": 7}, {"other": 1}],
)
def should_refuse_a_draw_that_cannot_be_read(body: object) -> None:
    member, lottery = any_member_with(100), any_lottery()
    before = everything()
    answer = call(
        "draw_lottery", member_claims(member), path={"lottery_id": lottery}, body=body, key="k"
    )
    assert (answer.status, answer.code) == (422, "invalid")
    assert everything() == before


def should_tell_how_many_points_there_are() -> None:
    answer = try_to_draw(any_member_with(9), any_lottery())
    assert (answer.code, answer.body["available"]) == ("insufficient_points", 9)


def should_not_draw_for_more_points_than_an_account_can_hold() -> None:
    """Whatever it would win, so a refusal tells nothing of the outcome."""
    rarely = NOTHING | {"weight": 10**12}
    member, lottery = any_member_with(100), any_lottery(any_points_prize(50), rarely)
    adjust(member, MAX_INTEGER - 100)
    before = everything()
    answer = try_to_draw(member, lottery)
    assert (answer.status, answer.code) == (409, "points_limit")
    assert everything() == before


# --- when it is open -----------------------------------------------------------------------------


def should_be_open_from_the_first_instant_to_before_the_last(time: Time) -> None:
    terms = {"opens_at": instant(NOON + HOUR), "closes_at": instant(NOON + 2 * HOUR)}
    member, lottery = any_member_with(100), any_lottery(**terms)
    time.forward(HOUR - 1)
    early = try_to_draw(member, lottery)
    assert (early.code, early.body["opens_at"]) == ("lottery_closed", terms["opens_at"])
    time.forward(1)
    draw(member, lottery)
    time.forward(HOUR - 1)
    draw(member, lottery)
    time.forward(1)
    late = try_to_draw(member, lottery)
    assert (late.code, late.body["closes_at"]) == ("lottery_closed", terms["closes_at"])


def should_see_at_once_that_a_draft_was_opened() -> None:
    member, lottery = any_member_with(100), any_draft_lottery()
    assert try_to_draw(member, lottery).code == "not_found"
    assert open_lottery(lottery).status == 200
    draw(member, lottery)


# --- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", ["member_per_day", "program_per_day"])
def should_begin_a_days_limit_anew_at_the_programs_midnight(limit: str, time: Time) -> None:
    """Case 67: in Auckland it is 01:00 of the next day at noon, so eleven hours later."""
    set_program(zone="Pacific/Auckland")
    member, lottery = any_member_with(1000), any_lottery(limits={limit: 2}, shards=3)
    for _ in range(2):
        draw(member, lottery)
    time.forward(23 * HOUR - 1)
    answer = try_to_draw(member, lottery)
    assert (answer.status, answer.code, answer.body["limit"]) == (409, "daily_limit_reached", 2)
    time.forward(1)
    draw(member, lottery)
    draw(member, lottery)
    assert try_to_draw(member, lottery).code == "daily_limit_reached"


@pytest.mark.parametrize("limit", ["member_total", "program_total"])
def should_never_draw_more_often_than_in_all(limit: str, time: Time) -> None:
    member, lottery = any_member_with(1000), any_lottery(limits={limit: 2}, shards=3)
    draw(member, lottery)
    time.forward(2 * DAY)
    draw(member, lottery)
    answer = try_to_draw(member, lottery)
    assert (answer.status, answer.code, answer.body["limit"]) == (409, "limit_reached", 2)


def should_not_go_back_to_a_day_that_is_over(time: Time) -> None:
    """Two functions may see midnight apart: whoever is behind counts on the newer day."""
    member, lottery = any_member_with(1000), any_lottery(limits={"program_per_day": 2})
    time.forward(12 * HOUR)
    draw(member, lottery)
    time.set(time.now - 2_000)
    draw(member, lottery)
    assert try_to_draw(any_member_with(10), lottery).code == "daily_limit_reached"


# --- when it is drawn out ------------------------------------------------------------------------


def should_close_when_the_budget_cannot_pay_the_largest_prize() -> None:
    """Case 70: whatever a draw would win, so a refusal tells nothing of the outcome."""
    prizes = [any_points_prize(50), any_points_prize(5, prize_id="few", weight=10**12)]
    member, lottery = any_member_with(1000), any_lottery(*prizes, budget=59)
    draw(member, lottery)
    draw(member, lottery)
    answer = try_to_draw(member, lottery)
    assert (answer.status, answer.code) == (409, "lottery_closed")


def should_close_when_the_prizes_are_gone_and_the_table_says_so() -> None:
    """Case 68."""
    prize = any_points_prize(5, weight=10**12, stock=3, substitute="nothing")
    member = any_member_with(1000)
    lottery = any_lottery(prize, NOTHING, when_gone="close", shards=2)
    for _ in range(3):
        assert draw(member, lottery)["outcome"]["kind"] == "points"
    assert try_to_draw(member, lottery).code == "lottery_closed"


def should_go_on_with_substitutes_when_the_table_says_so() -> None:
    """Case 68."""
    prize = any_points_prize(5, weight=10**12, stock=1, substitute="nothing")
    member, lottery = any_member_with(1000), any_lottery(prize, NOTHING, shards=2)
    assert [draw(member, lottery)["outcome"]["kind"] for _ in range(3)] == [
        "points", "nothing", "nothing",
    ]  # fmt: skip
