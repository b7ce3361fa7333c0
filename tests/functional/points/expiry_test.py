"""The expiry sweep: one message per bucket, one entry per member, however often it runs."""

import json
from collections.abc import Iterator

import pytest
from mall import keys
from mall.clock import Millis
from mall.points.sweep import DAYS_BACK
from mall.store import open_store

from tests.builders import any_member
from tests.functional.acts import (
    any_confirmed_member,
    any_member_with,
    any_product,
    available,
    balance,
    cancel,
    deliver,
    everything,
    kinds,
    place,
    purchase,
    set_program,
    try_to_place,
    waiting_messages,
)
from tests.functional.times import DAY, GONE_AT, HOUR, NOON, Time
from tests.stage import handler


def _sweep(member: str) -> list[str]:
    """Sweep the bucket that a member is in; what failed."""
    return deliver("book_expiry", json.dumps({"bucket": keys.due_bucket(member)}))


def _member_of(bucket: int) -> str:
    return any_confirmed_member(next(m for m in _members() if keys.due_bucket(m) == bucket))


def _members() -> Iterator[str]:
    while True:
        yield any_member()


def should_send_every_bucket_once() -> None:
    assert handler("expire_points")({}, None) == {"buckets": 64}
    sent = [json.loads(body)["bucket"] for body in waiting_messages("expiry")]
    assert sorted(sent) == list(range(64))


def should_book_what_expired_and_nothing_before(time: Time) -> None:
    """Case 14 on the way: of a lot of 100, 60 were spent."""
    member = any_member_with(100)
    place(member, any_product(60), 60)
    time.set(GONE_AT - 1)
    before = {**everything(), "points": []}
    assert _sweep(member) == []
    assert kinds(member) == [("earn", 100), ("redeem", -60)]
    time.set(GONE_AT)
    assert _sweep(member) == []
    assert kinds(member) == [("earn", 100), ("redeem", -60), ("expire", -40)]
    assert {**everything(), "points": []} == before


def should_book_once_when_it_runs_twice(time: Time) -> None:
    """Case 15, one after the other; the totals know of it once."""
    member = any_member_with(100)
    time.set(GONE_AT)
    _sweep(member)
    before = everything()
    assert deliver("book_expiry", *[json.dumps({"bucket": keys.due_bucket(member)})] * 2) == []
    time.forward(HOUR)
    _sweep(member)
    assert everything() == before
    assert kinds(member) == [("earn", 100), ("expire", -100)]


def should_find_nothing_to_do_where_a_spend_has_booked_it(time: Time) -> None:
    """Case 16, one after the other: each point goes one way."""
    member = any_confirmed_member()
    purchase(member, 30)
    time.set(GONE_AT)
    purchase(member, 50)
    place(member, any_product(50), 50)
    told = kinds(member)
    assert told == [("earn", 30), ("expire", -30), ("earn", 50), ("redeem", -50)]
    _sweep(member)
    assert kinds(member) == told


def should_never_change_what_a_member_can_see(time: Time) -> None:
    member = any_confirmed_member()
    purchase(member, 30)
    time.set(NOON + 40 * DAY)
    purchase(member, 50)
    time.set(GONE_AT + HOUR)
    before = balance(member)
    _sweep(member)
    assert balance(member) == before | {"revision": 3}


def should_book_the_lot_that_a_refund_brought_back(time: Time) -> None:
    member, product = any_member_with(50), any_product(50)
    order = place(member, product, 50)["order_id"]
    cancel(member, order)
    time.set(GONE_AT)
    _sweep(member)
    assert kinds(member)[-1] == ("expire", -50)


@pytest.mark.parametrize("late", [DAY, 30 * DAY, (DAYS_BACK - 1) * DAY])
def should_catch_up_however_late_it_runs_first(late: Millis, time: Time) -> None:
    member = any_member_with(50)
    time.set(GONE_AT + late)
    _sweep(member)
    assert kinds(member) == [("earn", 50), ("expire", -50)]


def should_go_on_from_the_day_it_last_swept(time: Time) -> None:
    member = any_member_with(50)
    time.set(GONE_AT - DAY)
    _sweep(member)
    time.set(GONE_AT + (DAYS_BACK + 2) * DAY)
    _sweep(member)
    assert kinds(member) == [("earn", 50), ("expire", -50)]


def should_repeat_the_days_of_a_run_that_died(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    member = any_member_with(50)
    time.set(GONE_AT - DAY)
    _sweep(member)
    time.set(GONE_AT + 2 * DAY)
    with monkeypatch.context() as dying:
        dying.setattr(open_store(), "commit", _dies)
        assert _sweep(member) == ["0"]
    _sweep(member)
    assert kinds(member) == [("earn", 50), ("expire", -50)]


def _dies(*_: object) -> None:
    raise RuntimeError


def should_outlive_a_clock_that_is_set_back(time: Time) -> None:
    member = any_member_with(50)
    time.set(GONE_AT - DAY)
    _sweep(member)
    time.set(GONE_AT - 20 * DAY)
    assert _sweep(member) == []
    time.set(GONE_AT)
    _sweep(member)
    assert kinds(member) == [("earn", 50), ("expire", -50)]


def should_sweep_the_members_of_its_bucket_only(time: Time) -> None:
    one, other = _member_of(3), _member_of(4)
    for member in (one, other):
        purchase(member, 50)
    time.set(GONE_AT)
    deliver("book_expiry", '{"bucket": 3}')
    assert [len(kinds(member)) for member in (one, other)] == [2, 1]
    assert (available(one), available(other)) == (0, 0)


def should_report_a_message_that_it_cannot_read() -> None:
    assert deliver("book_expiry", "{}") == ["0"]


def should_leave_lots_alone_when_the_policy_and_the_zone_change() -> None:
    """Case 21: what was earned keeps its expiry, what is earned from now on has the new one."""
    member = any_confirmed_member()
    purchase(member, 100)
    set_program(expiry={"policy": "fixed_days", "days": 10})
    purchase(member, 20)
    set_program(expiry={"policy": "fixed_days", "days": 10}, zone="Asia/Tokyo")
    purchase(member, 3)
    assert balance(member)["expiring"] == [
        {"points": 3, "expires_at": "2026-12-02T15:00:00.000Z"},
        {"points": 20, "expires_at": "2026-12-03T00:00:00.000Z"},
        {"points": 100, "expires_at": "2027-12-01T00:00:00.000Z"},
    ]


def should_let_what_waits_become_spendable_with_every_job_stopped(time: Time) -> None:
    """Case 17: at the first instant of the fourteenth day, and nothing is written by time."""
    set_program(pending_days=14)
    member, product = any_confirmed_member(), any_product(100)
    purchase(member, 100)
    before = everything()
    time.set(NOON + 14 * DAY - 12 * HOUR - 1)
    assert try_to_place(member, product, 100).code == "insufficient_points"
    time.set(NOON + 14 * DAY - 12 * HOUR)
    assert (available(member), balance(member)["pending"]) == (100, 0)
    assert everything() == before
    assert try_to_place(member, product, 100).status == 201


def should_leave_a_marker_that_outlives_its_day_and_goes_by_itself() -> None:
    member = any_member_with(50)
    marker = open_store().get("points", keys.due("20271201", member)) or {}
    assert marker["ttl"] == (GONE_AT + DAY) // 1000 + DAYS_BACK * 86_400
