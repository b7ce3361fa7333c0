"""Notices of points about to end: one per member, lot and term, whatever is retried or missed."""

import json
from typing import Any

import pytest
from mall import keys
from mall.points.ledger import close
from mall.points.ledger.entry import NEVER, Source, minute
from mall.store import Store, open_store

from tests.builders import any_member
from tests.functional.acts import deliver, waiting_messages
from tests.functional.points import books
from tests.functional.points.books import earn, redeem
from tests.functional.times import DAY, HOUR, NOON, Time
from tests.stage import handler

SOON = NOON + 30 * DAY
LOT = minute(SOON)


def _tell(member: str) -> list[str]:
    """Tell the bucket that a member is in; what failed."""
    return deliver("notify_bucket", json.dumps({"bucket": keys.due_bucket(member)}))


def _told(member: str) -> list[tuple[str, int]]:
    """The notices that a member was given, and their points."""
    values = {"pk": keys.member(member), "prefix": keys.NOTICE_PREFIX}
    condition = "#pk = :pk AND begins_with(#sk, :prefix)"
    found = open_store().query_all("points", condition, values)
    return [(item["sk"].removeprefix(keys.NOTICE_PREFIX), item["points"]) for item in found]


def should_send_every_bucket_once() -> None:
    assert handler("notify_expiring")({}, None) == {"buckets": 64}
    sent = [json.loads(body)["bucket"] for body in waiting_messages("notices")]
    assert sorted(sent) == list(range(64))


def should_tell_30_and_7_days_ahead_and_never_twice(time: Time) -> None:
    member = any_member()
    earn(member, 100, LOT)
    for _ in range(31):
        assert _tell(member) == []
        _tell(member)
        time.forward(DAY)
    assert _told(member) == [(f"{LOT}#30", 100), (f"{LOT}#7", 100)]


def should_leave_a_notice_that_outlives_its_lot() -> None:
    member = any_member()
    earn(member, 100, LOT)
    _tell(member)
    item = open_store().get("points", keys.notice(member, LOT, 30)) or {}
    assert (item["ttl"], item["expires_at"]) == ((SOON + 7 * DAY) // 1000, SOON)


def should_tell_what_is_left_of_a_lot_and_nothing_of_an_empty_one() -> None:
    some, none, never = any_member(), any_member(), any_member()
    for member in (some, none):
        earn(member, 100, LOT)
    redeem(some, 30)
    redeem(none, 100)
    earn(never, 100, NEVER)
    for member in (some, none, never):
        _tell(member)
    assert [_told(member) for member in (some, none, never)] == [[(f"{LOT}#30", 70)], [], []]


def should_count_what_becomes_active_before_it_ends() -> None:
    member = any_member()
    earn(member, 100, LOT)
    earn(member, 40, LOT, f"{minute(NOON + 3 * DAY)}|{LOT}")
    _tell(member)
    assert _told(member) == [(f"{LOT}#30", 140)]


def should_tell_a_closed_account_nothing() -> None:
    member = any_member()
    earn(member, 100, LOT)
    posting = books.post(member)
    close(posting, Source("user", member), "the-admin")
    books.commit(posting)
    _tell(member)
    assert _told(member) == []


@pytest.mark.parametrize(
    ("late", "expected"),
    [(3, ["30"]), (22, ["30"]), (23, ["7"]), (29, ["7"]), (30, []), (45, [])],
)
def should_catch_up_the_days_it_missed(late: int, expected: list[str], time: Time) -> None:
    member = any_member()
    earn(member, 100, LOT)
    time.forward(-DAY)
    _tell(member)
    assert _told(member) == []
    time.forward(DAY + late * DAY + HOUR)
    _tell(member)
    assert [sk.rpartition("#")[2] for sk, _ in _told(member)] == expected


@pytest.mark.parametrize("write", range(3))
def should_tell_once_wherever_it_dies(write: int, monkeypatch: pytest.MonkeyPatch) -> None:
    member = any_member()
    earn(member, 100, LOT)
    earn(member, 50, minute(NOON + 7 * DAY))
    written: list[Any] = []
    transact = Store.transact

    def note(store: Store, writes: Any) -> None:
        transact(store, writes)
        written.extend(writes)

    monkeypatch.setattr(Store, "transact", note)
    with monkeypatch.context() as killing:
        assert books.die_at(killing, write, lambda: _tell(member))
    _tell(member)
    notices = [w.key["sk"] for w in written if w.key["sk"].startswith(keys.NOTICE_PREFIX)]
    assert sorted(notices) == sorted(set(notices))
    assert len(notices) == 2
