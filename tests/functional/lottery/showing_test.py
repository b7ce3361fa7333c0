"""What everybody may see of a lottery: terms, odds, what is left, draws and proofs."""

import hashlib
import json

import pytest

from tests.functional.acts import ADMIN, any_member_with, call
from tests.functional.lottery.games import (
    NOTHING,
    any_draft_lottery,
    any_lottery,
    any_points_prize,
    draw,
)
from tests.functional.lottery.seen import (
    all_draws,
    listed,
    proof,
    shown,
    stand_in,
    token_of,
    try_to_list,
    try_to_list_draws,
)
from tests.functional.times import DAY, MINUTE, Time

# --- lotteries -----------------------------------------------------------------------------------


def should_show_terms_odds_and_what_is_left() -> None:
    prize = any_points_prize(50, stock=3, substitute="nothing")
    lottery = any_lottery(prize, NOTHING | {"weight": 3}, limits={"member_total": 5})
    found = shown(lottery)
    points, nothing = found["prizes"]
    assert (points["odds"], points["remaining"], points["points"]) == ("0.25", 3, 50)
    assert (nothing["odds"], nothing["remaining"]) == ("0.75", None)
    assert (found["status"], found["cost"], found["limits"]) == ("open", 10, {"member_total": 5})
    assert (found["epoch"], found["epochs"], found["draws_at"]) == (1, 10, None)


def should_show_less_left_after_a_draw() -> None:
    frequent = any_points_prize(50, stock=3, substitute="nothing", weight=2**52)
    lottery = any_lottery(frequent, NOTHING)
    draw(any_member_with(100), lottery)
    assert shown(lottery)["prizes"][0]["remaining"] == 2


def should_publish_what_is_hashed() -> None:
    found = shown(any_lottery(any_points_prize(50)))
    [table] = found["tables"]
    assert hashlib.sha256(table["text"].encode()).hexdigest() == table["hash"]
    assert found["commitment"]["prize_table_hash"] == table["hash"]
    assert len(found["commitment"]["server_seed_hash"]) == 64
    assert json.loads(table["text"])["lottery_id"] == found["lottery_id"]


def should_say_that_it_closes_when_its_time_is_over_or_the_budget_is_spent(time: Time) -> None:
    spent, other = any_lottery(any_points_prize(50), budget=50), any_lottery()
    draw(any_member_with(100), spent)
    assert [shown(spent)["status"], shown(other)["status"]] == ["closing", "open"]
    time.forward(10 * DAY)
    assert shown(other)["status"] == "closing"
    assert shown(other)["epoch"] == 10


def should_know_no_draft() -> None:
    draft = any_draft_lottery()
    for name in ("get_lottery", "get_lottery_seed", "list_draws"):
        answer = call(name, path={"lottery_id": draft})
        assert (answer.status, answer.code) == (404, "not_found"), name
    assert listed()["items"] == []


def should_list_what_was_opened_newest_first_page_by_page(time: Time) -> None:
    made = []
    for _ in range(3):
        made.append(any_lottery())
        time.forward(MINUTE)
    any_draft_lottery()
    first = listed(limit="2")
    assert [each["lottery_id"] for each in first["items"]] == [made[2], made[1]]
    rest = listed(limit="2", cursor=first["next_cursor"])
    assert [each["lottery_id"] for each in rest["items"]] == [made[0]]
    assert rest["next_cursor"] is None
    assert first["items"][0] == shown(made[2])
    assert [listed(status="closed")["items"], len(listed(status="open")["items"])] == [[], 3]


def should_refuse_a_cursor_of_another_list() -> None:
    for _ in range(2):
        any_lottery()
    following = listed(limit="1")["next_cursor"]
    answer = call("list_lotteries", query={"cursor": following, "status": "open"})
    assert (answer.status, answer.code) == (400, "bad_cursor")


@pytest.mark.parametrize("name", ["list_lotteries", "list_admin_lotteries"])
@pytest.mark.parametrize(("field", "value"), [("status", "over"), ("limit", "0"), ("limit", "101")])
def should_refuse_what_no_list_has(name: str, field: str, value: str) -> None:
    answer = call(name, ADMIN, query={field: value})
    assert (answer.status, answer.fields) == (422, [field])


# --- draws ---------------------------------------------------------------------------------------


def should_list_a_members_own_draws_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch)
    member, lottery = any_member_with(100), any_lottery(any_points_prize(5))
    made = [draw(member, lottery) for _ in range(3)]
    draw(any_member_with(100), lottery)
    found = all_draws(lottery, token_of(member), mine="true")
    assert found == made[::-1]
    paged = all_draws(lottery, token_of(member), mine="true", limit="2")
    assert sorted(each["nonce"] for each in paged) == [1, 2, 3]


@pytest.mark.parametrize(
    "claims", [{"iss": "https://cognito.example.test/other"}, {"client_id": "x"}, {"token_use": ""}]
)
def should_believe_no_token_of_somewhere_else(
    claims: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch)
    answer = try_to_list_draws(any_lottery(), token_of("m", **claims), mine="true")
    assert (answer.status, answer.code) == (401, "not_signed_in")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.W10.c"])
def should_ask_who_wants_their_own_to_sign_in(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch)
    answer = try_to_list_draws(any_lottery(), token, mine="true")
    assert (answer.status, answer.code) == (401, "not_signed_in")


@pytest.mark.parametrize("name", ["list_draws", "list_tickets"])
def should_pass_on_that_cognito_is_asked_too_often(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cognito, lottery, token = stand_in(monkeypatch), any_lottery(), token_of("m")
    cognito.tired = True
    answer = try_to_list(name, lottery, token, mine="true")
    assert (answer.status, answer.code) == (429, "rate_limited")


def should_believe_no_token_that_cognito_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    cognito, lottery, token = stand_in(monkeypatch), any_lottery(), token_of("m")
    assert all_draws(lottery, token, mine="true") == []
    cognito.wrong.add(token)
    assert try_to_list_draws(lottery, token, mine="true").code == "not_signed_in"


def should_show_everybody_no_draw_whose_seed_is_sealed() -> None:
    member, lottery = any_member_with(100), any_lottery()
    draw(member, lottery)
    answer = try_to_list_draws(lottery)
    assert (answer.body["items"], answer.body["final"]) == ([], False)


def should_refuse_somebody_elses_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch)
    member, lottery = any_member_with(100), any_lottery()
    for _ in range(2):
        draw(member, lottery)
    mine = try_to_list_draws(lottery, token_of(member), mine="true", limit="1")
    following = mine.body["next_cursor"]
    answer = try_to_list_draws(lottery, token_of("other"), mine="true", cursor=following)
    assert (answer.status, answer.code) == (400, "bad_cursor")


# --- proofs --------------------------------------------------------------------------------------


def should_prove_a_draw_to_whoever_knows_its_id() -> None:
    lottery = any_lottery(any_points_prize(5))
    made = draw(any_member_with(100), lottery)
    found = proof(lottery, made["draw_id"])
    assert found | made["proof"] == found
    assert hashlib.sha256(found["table"].encode()).hexdigest() == found["table_hash"]
    assert found["reveals_at"] == "2026-11-23T12:15:00.000Z"
    assert "server_seed" not in found


def should_know_no_other_draw() -> None:
    lottery, other = any_lottery(), any_lottery()
    made = draw(any_member_with(100), lottery)
    for path in ({"lottery_id": other}, {"lottery_id": lottery, "draw_id": "x-y"}):
        answer = call("get_draw_proof", path={"draw_id": made["draw_id"], **path})
        assert (answer.status, answer.code) == (404, "not_found")
