"""GET /v1/points/balance: what there is now, and what there was."""

import pytest
from mall.clock import instant

from tests.events import Answer, member_claims
from tests.functional.acts import (
    adjust,
    any_confirmed_member,
    any_member_with,
    any_product,
    balance,
    call,
    cancel,
    place,
    purchase,
    statement,
)
from tests.functional.times import DAY, GONE_AT, NOON, SECOND, Time


def _ask_at(member: str, at: str) -> Answer:
    return call("get_balance", member_claims(member), query={"at": at})


def should_show_an_empty_account_to_a_member_who_never_moved_a_point() -> None:
    assert balance("nobody yet") == {
        "available": 0,
        "pending": 0,
        "debt": 0,
        "lifetime_earned": 0,
        "tier": "base",
        "revision": 0,
        "as_of": instant(NOON),
        "expiring": [],
    }


def should_show_what_there_is_and_when_it_expires() -> None:
    member = any_confirmed_member()
    purchase(member, 30, occurred_at=instant(NOON - 60 * DAY))
    purchase(member, 40)
    place(member, any_product(10), 10)
    assert balance(member) == {
        "available": 60,
        "pending": 0,
        "debt": 0,
        "lifetime_earned": 70,
        "tier": "base",
        "revision": 3,
        "as_of": instant(NOON),
        "expiring": [
            {"points": 20, "expires_at": "2027-10-01T00:00:00.000Z"},
            {"points": 40, "expires_at": instant(GONE_AT)},
        ],
    }


def should_show_no_point_that_has_expired_whatever_was_booked(time: Time) -> None:
    member = any_member_with(50)
    time.set(GONE_AT - 1)
    assert balance(member)["available"] == 50
    time.set(GONE_AT)
    shown = balance(member)
    assert (shown["available"], shown["expiring"], shown["revision"]) == (0, [], 1)
    assert len(statement(member)) == 1


def should_show_every_instant_of_the_past(time: Time) -> None:
    member, product = any_member_with(50), any_product(20)
    time.forward(SECOND)
    order = place(member, product, 20)["order_id"]
    time.forward(SECOND)
    cancel(member, order)
    time.forward(SECOND)
    adjust(member, 7)
    time.forward(SECOND)
    told = {
        NOON - 1: (0, 0),
        NOON: (50, 1),
        NOON + SECOND - 1: (50, 1),
        NOON + SECOND: (30, 2),
        NOON + 2 * SECOND: (50, 3),
        NOON + 3 * SECOND: (57, 4),
        time.now: (57, 4),
    }
    for at, (available, revision) in told.items():
        shown = balance(member, at)
        assert (shown["available"], shown["revision"]) == (available, revision)
        assert shown["as_of"] == instant(at)


def should_show_the_newest_of_several_entries_of_one_instant() -> None:
    member = any_confirmed_member()
    for points in (1, 2, 4, 8, 16):
        purchase(member, points)
    assert balance(member, NOON)["available"] == 31


def should_apply_time_to_the_past_too(time: Time) -> None:
    member = any_member_with(50)
    time.set(GONE_AT + DAY)
    purchase(member, 8)
    assert balance(member, GONE_AT - 1)["available"] == 50
    assert balance(member, GONE_AT)["available"] == 0
    assert [entry["kind"] for entry in statement(member)] == ["earn", "expire", "earn"]


def should_understand_an_instant_of_any_zone() -> None:
    member = any_member_with(50)
    answer = _ask_at(member, "2026-11-22T13:00:00+01:00")
    assert (answer.body["as_of"], answer.body["available"]) == (instant(NOON), 50)


@pytest.mark.parametrize(
    "at",
    [
        instant(NOON + 1),
        "2026-11-22T12:00:00",
        "yesterday",
        "",
        "1e400",
        "0001-01-01T00:00:00+23:59",
        "1969-12-31T23:59:59.999Z",
        "9999-12-31T23:59:59.9999999-23:59",
    ],
)
def should_refuse_what_is_no_instant_of_the_past(at: str) -> None:
    answer = _ask_at(any_member_with(50), at)
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["at"])


def should_show_everybody_their_own() -> None:
    one, other = any_member_with(1), any_member_with(2)
    assert (balance(one)["available"], balance(other)["available"]) == (1, 2)
