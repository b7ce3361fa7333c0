"""Check-ins: once a program day, with streaks, milestones and what breaks them."""

from typing import Any

import pytest
from mall import keys
from mall.clock import Millis
from mall.models import MAX_INTEGER
from mall.points.calendar import Calendar
from mall.store import open_store
from mall.writes import put

from tests.events import Answer, ask, http_event, member_claims
from tests.functional.acts import (
    adjust,
    any_confirmed_member,
    available,
    balance,
    call,
    close_account,
    everything,
    kinds,
    set_program,
    statement,
)
from tests.functional.times import DAY, NOON, SECOND, Time
from tests.stage import handler

CYCLE = [5, 5, 10]
RULES = {"cycle": CYCLE, "milestones": [{"streak": 4, "points": 100}]}


def _offer(**changed: object) -> None:
    set_program(**{"check_in": RULES, **changed})


def _check_in(member: str) -> Answer:
    return call("check_in", member_claims(member))


def _checked_in(member: str) -> tuple[int, int]:
    """Streak and points of a check-in that was made."""
    answer = _check_in(member)
    assert answer.status == 201, answer.body
    return answer.body["streak"], answer.body["points"]


def _month(member: str, **query: str) -> dict[str, Any]:
    answer = call("list_check_ins", member_claims(member), query=query)
    assert answer.status == 200, answer.body
    month: dict[str, Any] = answer.body
    return month


def _local(day: str, zone: str, time_of_day: str = "00:00:00") -> Millis:
    """An instant of a day without a change of clocks."""
    hours, minutes, seconds = map(int, time_of_day.split(":"))
    return Calendar(zone).begins(day) + ((hours * 60 + minutes) * 60 + seconds) * SECOND


def should_give_the_points_of_the_day_at_once() -> None:
    _offer(pending_days=14)
    member = any_confirmed_member()
    answer = _check_in(member)
    assert answer.status == 201
    assert answer.body == {"date": "2026-11-22", "streak": 1, "points": 5}
    (entry,) = statement(member)
    assert (entry["kind"], entry["points"]) == ("check_in", 5)
    assert entry["source"] == {"type": "check_in", "id": "2026-11-22"}
    assert entry["lots"] == [{"points": 5, "expires_at": "2027-12-01T00:00:00.000Z"}]
    assert balance(member)["pending"] == 0


def should_go_through_the_cycle_with_milestones_on_top(time: Time) -> None:
    _offer()
    member = any_confirmed_member()
    made = []
    for _ in range(5):
        made.append(_checked_in(member))
        time.forward(DAY)
    assert made == [(1, 5), (2, 5), (3, 10), (4, 5 + 100), (5, 5)]


def should_refuse_a_second_check_in_of_the_day(time: Time) -> None:
    _offer()
    member = any_confirmed_member()
    _checked_in(member)
    time.set(_local("20261122", "UTC", "23:59:59"))
    before = everything()
    answer = _check_in(member)
    assert (answer.status, answer.code) == (409, "already_checked_in")
    assert answer.body["date"] == "2026-11-22"
    assert everything() == before


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "Pacific/Honolulu"])
def should_tell_the_last_second_of_a_day_from_the_first_of_the_next(time: Time, zone: str) -> None:
    """Case 72: 23:59:59 and 00:00:00 in the program's zone are two days in a row."""
    _offer(zone=zone)
    member = any_confirmed_member()
    time.set(_local("20261124", zone, "23:59:59"))
    assert _checked_in(member) == (1, 5)
    time.set(_local("20261125", zone))
    assert _checked_in(member) == (2, 5)
    assert _check_in(member).code == "already_checked_in"


def should_go_by_the_programs_zone_whatever_the_members(time: Time) -> None:
    """Case 73: two UTC days are one day in Tokyo."""
    _offer(zone="Asia/Tokyo")
    member = any_confirmed_member()
    time.set(_local("20261123", "UTC", "23:00:00"))
    assert _check_in(member).body["date"] == "2026-11-24"
    time.set(_local("20261124", "UTC", "14:59:59"))
    assert _check_in(member).code == "already_checked_in"


def should_not_ask_where_the_member_is_nor_what_their_clock_says(time: Time) -> None:
    """Cases 73 and 75: a profile from Hawaii and a request dated by a clock far ahead."""
    _offer(zone="Asia/Tokyo")
    member = any_confirmed_member()
    theirs = {"locale": "haw-US", "zone": "Pacific/Honolulu"}
    profile = open_store().get("users", keys.profile(member)) or {}
    open_store().transact([put("users", {**profile, **theirs})])
    time.set(_local("20261124", "Asia/Tokyo"))
    sent = {"Date": "Fri, 01 Jan 2038 00:00:00 GMT", "X-Timezone": "Pacific/Honolulu"}
    event = http_event("POST /v1/check-ins", claims=member_claims(member), headers=sent)
    answer = ask(handler("check_in"), event, access="member")
    assert (answer.status, answer.body["date"]) == (201, "2026-11-24")


def should_begin_anew_after_a_missed_day(time: Time) -> None:
    """Case 74."""
    _offer()
    member = any_confirmed_member()
    assert _checked_in(member) == (1, 5)
    time.forward(DAY)
    assert _checked_in(member) == (2, 5)
    time.forward(2 * DAY)
    assert _checked_in(member) == (1, 5)


def should_not_ask_the_clients_clock() -> None:
    """Case 75: there is nothing to send, and what is sent all the same is not read."""
    _offer()
    member = any_confirmed_member()
    answer = call(
        "check_in", member_claims(member), query={"date": "2026-01-01"}, body={"date": "2026-01-01"}
    )
    assert answer.body["date"] == "2026-11-22"


def should_keep_a_streak_over_days_that_give_nothing(time: Time) -> None:
    set_program(check_in={"cycle": [0, 7]})
    member = any_confirmed_member()
    assert _checked_in(member) == (1, 0)
    assert kinds(member) == []
    assert _check_in(member).code == "already_checked_in"
    time.forward(DAY)
    assert _checked_in(member) == (2, 7)
    assert kinds(member) == [("check_in", 7)]


def should_keep_idle_points_alive(time: Time) -> None:
    _offer(expiry={"policy": "inactivity", "months": 2, "round_to": "day"})
    member = any_confirmed_member()
    _checked_in(member)
    time.forward(30 * DAY)
    _checked_in(member)
    (lot,) = balance(member)["expiring"]
    assert lot == {"points": 10, "expires_at": "2027-02-23T00:00:00.000Z"}


# --- refusals ------------------------------------------------------------------------------------


def should_be_refused_where_the_program_has_none() -> None:
    before = everything()
    answer = _check_in(any_confirmed_member("m"))
    assert (answer.status, answer.code) == (409, "not_offered")
    assert [item for item in everything()["points"] if item not in before["points"]] == []


@pytest.mark.parametrize("cycle", [[5], [0]], ids=["points", "no points"])
def should_be_refused_to_a_closed_account(cycle: list[int]) -> None:
    """Case 84."""
    set_program(check_in={"cycle": cycle})
    member = any_confirmed_member()
    close_account(member)
    before = everything()
    answer = _check_in(member)
    assert (answer.status, answer.code) == (403, "account_closed")
    assert everything() == before


def should_stop_at_the_largest_balance() -> None:
    _offer()
    member = any_confirmed_member()
    adjust(member, MAX_INTEGER)
    before = everything()
    answer = _check_in(member)
    assert (answer.status, answer.code) == (409, "points_limit")
    assert everything() == before


# --- the month -----------------------------------------------------------------------------------


def should_show_a_month_with_the_current_streak_and_the_cycle(time: Time) -> None:
    _offer()
    member = any_confirmed_member()
    for day in ("20261128", "20261130", "20261201"):
        time.set(_local(day, "UTC", "08:00:00"))
        _checked_in(member)
    december = {"month": "2026-12", "days": ["2026-12-01"], "streak": 2, "cycle": CYCLE}
    assert _month(member) == _month(member, month="2026-12") == december
    november = {"month": "2026-11", "days": ["2026-11-28", "2026-11-30"]}
    assert _month(member, month="2026-11") == december | november
    assert _month(member, month="2026-10")["days"] == []


def should_show_a_streak_until_the_day_after_it_is_over(time: Time) -> None:
    _offer()
    member = any_confirmed_member()
    assert _month(member)["streak"] == 0
    _checked_in(member)
    assert _month(member)["streak"] == 1
    time.forward(DAY)
    assert _month(member)["streak"] == 1
    time.forward(DAY)
    assert _month(member)["streak"] == 0


def should_show_an_empty_month_where_the_program_has_no_check_ins() -> None:
    empty = {"month": "2026-11", "days": [], "streak": 0, "cycle": []}
    assert _month(any_confirmed_member()) == empty


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "2026-1", "202611", "2026-11-01", ""])
def should_refuse_what_is_no_month(month: str) -> None:
    answer = call("list_check_ins", member_claims("m"), query={"month": month})
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["month"])


def should_let_nobody_but_members_in() -> None:
    partner = {"client_id": "shop", "token_use": "id"}
    for name in ("check_in", "list_check_ins"):
        answer = call(name, partner)
        assert (answer.status, answer.code) == (403, "forbidden")


def should_keep_a_check_in_once_however_often_it_is_asked_for() -> None:
    _offer()
    member = any_confirmed_member()
    _checked_in(member)
    _check_in(member)
    assert available(member) == 5
    item = open_store().get("points", keys.check_in(member, "20261122"))
    assert item == {**keys.check_in(member, "20261122"), "streak": 1, "points": 5}


def should_begin_at_the_instant_of_the_newest_entry_when_clocks_disagree(time: Time) -> None:
    """A function whose clock is behind checks in on the day that the ledger has reached."""
    _offer()
    member = any_confirmed_member()
    time.set(NOON + DAY)
    _checked_in(member)
    time.set(NOON)
    assert _check_in(member).code == "already_checked_in"
