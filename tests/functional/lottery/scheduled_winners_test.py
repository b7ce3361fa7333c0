"""Beacons of scheduled lotteries, and the list of those who won."""

import pytest
from mall.clock import instant

from tests.builders import any_id
from tests.events import Answer
from tests.functional.acts import any_member_with, call
from tests.functional.lottery.games import any_draft_lottery, any_lottery
from tests.functional.lottery.scheduled_games import (
    CLOSES_AT,
    DRAWS_AT,
    any_listed_lottery,
    any_scheduled,
    buy,
    enter_beacon,
    points_for,
    run_the_job,
    winners,
)
from tests.functional.times import DAY, NOON, Time


def _refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.code) == (status, code), answer.body


# --- beacons -------------------------------------------------------------------------------------


def should_take_a_beacon_once(time: Time) -> None:
    lottery = any_listed_lottery(beacon="Lotto")
    first = enter_beacon(lottery, " 47 11 ")
    assert first.body == {
        "lottery_id": lottery, "name": "Lotto", "value": "47 11", "entered_at": instant(NOON),
    }  # fmt: skip
    time.forward(DAY)
    assert enter_beacon(lottery, "47 11").body == first.body
    answer = enter_beacon(lottery, "4712")
    _refused(answer, 409, "lottery_fixed")
    assert answer.body["fixed"] == "beacon"


def should_take_no_beacon_before_the_list_is_published(time: Time) -> None:
    lottery = any_scheduled(beacon="Lotto")
    answer = enter_beacon(lottery)
    _refused(answer, 409, "lottery_not_closed")
    assert answer.body["closes_at"] == instant(CLOSES_AT)
    time.set(CLOSES_AT)
    _refused(enter_beacon(lottery), 409, "lottery_not_closed")
    run_the_job()
    assert enter_beacon(lottery).status == 200


def should_take_no_beacon_where_none_was_announced() -> None:
    for lottery in (any_listed_lottery(), any_lottery()):
        _refused(enter_beacon(lottery), 409, "lottery_fixed")


@pytest.mark.parametrize("value", ["", "  ", "x" * 501, "a\nb", 4711, None])
def should_take_no_beacon_that_cannot_be_read(value: object) -> None:
    answer = enter_beacon(any_id(), value)
    _refused(answer, 422, "invalid")
    assert answer.fields == ["value"]


def should_take_no_beacon_of_a_lottery_that_nobody_knows() -> None:
    _refused(enter_beacon(any_id()), 404, "not_found")


# --- the list of winners -------------------------------------------------------------------------


def should_list_winners_page_by_page(time: Time) -> None:
    lottery, any_other = any_scheduled(points_for(3)), any_scheduled()
    buy(any_member_with(100), lottery, 5)
    time.set(DRAWS_AT)
    run_the_job()
    path = {"lottery_id": lottery}
    first = call("list_winners", path=path, query={"limit": "2"}).body
    query = {"limit": "2", "cursor": first["next_cursor"]}
    rest = call("list_winners", path=path, query=query).body
    assert first["items"] + rest["items"] == winners(lottery)
    assert [len(first["items"]), len(rest["items"]), rest["next_cursor"]] == [2, 1, None]
    other = call("list_winners", path={"lottery_id": any_other}, query=query)
    _refused(other, 400, "bad_cursor")


def should_know_no_winners_of_what_nobody_may_see() -> None:
    for lottery in (any_draft_lottery(), any_id()):
        _refused(call("list_winners", path={"lottery_id": lottery}), 404, "not_found")


def should_have_no_winners_of_an_instant_lottery() -> None:
    assert winners(any_lottery()) == []
