"""Adjustments that one admin may not make alone: what waits, who decides, and that it moves once.

Case 78.
"""

from typing import Any

import pytest
from mall import keys
from mall.clock import instant
from mall.models import MAX_INTEGER
from mall.points import alone
from mall.store import open_store
from mall.writes import put

from tests.builders import any_id
from tests.events import Answer, Claims, member_claims
from tests.functional.acts import (
    ADMIN,
    SECOND_ADMIN,
    adjust,
    any_confirmed_member,
    any_member_with,
    available,
    call,
    close_account,
    everything,
    kinds,
    set_program,
    statement,
)
from tests.functional.times import DAY, HOUR, NOON, Time

THIRD_ADMIN = member_claims("the-third-admin", "admin")
LIMIT = 10_000


def _ask(member: str, points: int, claims: Claims = ADMIN, key: str | None = None) -> Answer:
    body = {"user_id": member, "points": points, "reason": "A kind word"}
    return call("adjust_points", claims, body=body, key=key or any_id())


def _status(member: str, points: int, claims: Claims = ADMIN) -> str:
    answer = _ask(member, points, claims)
    assert answer.status == 201, answer.body
    status: str = answer.body["status"]
    return status


def _waiting(member: str, points: int = LIMIT + 1) -> str:
    answer = _ask(member, points)
    assert answer.body["status"] == "waiting_approval", answer.body
    adjustment: str = answer.body["adjustment_id"]
    return adjustment


def _approve(adjustment: str, claims: Claims = SECOND_ADMIN) -> Answer:
    return call("approve_adjustment", claims, path={"adjustment_id": adjustment})


def _reject(adjustment: str, claims: Claims = SECOND_ADMIN) -> Answer:
    return call("reject_adjustment", claims, path={"adjustment_id": adjustment})


def _list(claims: Claims = ADMIN, **query: str) -> dict[str, Any]:
    answer = call("list_adjustments", claims, query=query)
    assert answer.status == 200, answer.body
    page: dict[str, Any] = answer.body
    return page


# --- what waits ----------------------------------------------------------------------------------


def should_let_one_admin_adjust_up_to_the_threshold() -> None:
    member = any_confirmed_member()
    assert _status(member, LIMIT) == "applied"
    assert available(member) == LIMIT


def should_move_nothing_while_an_adjustment_waits() -> None:
    member = any_confirmed_member()
    answer = _ask(member, LIMIT + 1)
    assert answer.status == 201
    assert answer.body == {
        "adjustment_id": answer.body["adjustment_id"],
        "user_id": member,
        "points": LIMIT + 1,
        "reason": "A kind word",
        "status": "waiting_approval",
        "asked_by": ADMIN["sub"],
        "asked_at": instant(NOON),
    }
    assert statement(member) == []


def should_sum_over_what_one_admin_did_for_anybody() -> None:
    others = [any_confirmed_member() for _ in range(3)]
    assert _status(others[0], 6_000) == "applied"
    assert _status(others[1], 4_001) == "waiting_approval"
    assert _status(others[2], 4_000) == "applied"
    assert _status(others[2], 1) == "waiting_approval"


def should_sum_over_what_anybody_did_for_one_member() -> None:
    member = any_confirmed_member()
    assert _status(member, 6_000, ADMIN) == "applied"
    assert _status(member, 4_001, SECOND_ADMIN) == "waiting_approval"
    assert _status(member, 4_000, THIRD_ADMIN) == "applied"


def should_count_points_taken_like_points_given() -> None:
    member = any_member_with(9_000)
    assert _status(member, -6_000) == "applied"
    assert _status(member, 5_000) == "waiting_approval"


def should_count_24_hours_back(time: Time) -> None:
    member = any_confirmed_member()
    _status(member, 6_000)
    time.forward(DAY - 1)
    assert _status(member, 4_001) == "waiting_approval"
    time.forward(1)
    assert _status(member, LIMIT) == "applied"


def should_not_count_what_two_agreed_to_nor_what_waits() -> None:
    member = any_confirmed_member()
    adjustment = _waiting(member)
    assert _status(member, 5_000) == "applied"
    assert _approve(adjustment).status == 200
    assert _status(member, 5_000) == "applied"


def should_follow_the_threshold_of_the_program() -> None:
    member = any_confirmed_member()
    set_program(adjustment_approval_threshold=0)
    assert _status(member, 1) == "waiting_approval"
    set_program(adjustment_approval_threshold=MAX_INTEGER)
    assert _status(member, LIMIT + 1) == "applied"


def should_keep_the_sum_exact_however_many_adjustments_there_were(time: Time) -> None:
    """Beyond as many as are kept apart, the oldest count until the youngest of them is old."""
    tally = alone.Tally(keys.adjusted_by(ADMIN["sub"]))
    for number in range(alone.MOVES_MAX + 20):
        item = tally.plus(10, NOON + number * HOUR // 100).item
        tally = alone.Tally.of(tally.key, item)
    assert len(tally.moves) == alone.MOVES_MAX
    now = NOON + 2 * HOUR
    assert tally.total(now) == 10 * (alone.MOVES_MAX + 20)
    open_store().transact([put("points", item)])
    time.set(now)
    members = [any_confirmed_member() for _ in range(2)]
    assert _status(members[0], LIMIT - 1_200) == "applied"
    assert _status(members[1], 1) == "waiting_approval"


def should_refuse_at_once_what_could_not_happen() -> None:
    member = any_member_with(10)
    before = everything()
    answer = _ask(member, -LIMIT - 1)
    assert (answer.status, answer.code, answer.body["available"]) == (
        409, "insufficient_points", 10,
    )  # fmt: skip
    assert everything() == before


def should_answer_a_retry_as_at_first_whatever_became_of_it() -> None:
    member = any_confirmed_member()
    first = _ask(member, LIMIT + 1, key="k")
    _approve(first.body["adjustment_id"])
    before = everything()
    again = _ask(member, LIMIT + 1, key="k")
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert everything() == before


# --- who decides ---------------------------------------------------------------------------------


def should_apply_what_another_admin_approves(time: Time) -> None:
    member = any_confirmed_member()
    adjustment = _waiting(member)
    time.forward(3 * DAY)
    answer = _approve(adjustment)
    assert answer.status == 200
    assert answer.body == {
        "adjustment_id": adjustment,
        "user_id": member,
        "points": LIMIT + 1,
        "reason": "A kind word",
        "status": "applied",
        "revision": 1,
        "asked_by": ADMIN["sub"],
        "asked_at": instant(NOON),
        "approved_by": SECOND_ADMIN["sub"],
        "approved_at": instant(NOON + 3 * DAY),
    }
    (entry,) = statement(member)
    assert (entry["kind"], entry["points"], entry["at"]) == (
        "adjust", LIMIT + 1, instant(NOON + 3 * DAY),
    )  # fmt: skip
    assert (entry["note"], entry["source"]["id"]) == ("A kind word", adjustment)
    kept = open_store().get("points", keys.entry(member, 1)) or {}
    assert kept["actor"] == ADMIN["sub"]


def should_refuse_the_approval_of_the_one_who_asked_and_of_the_member() -> None:
    """Nobody approves what they asked for, nor what is theirs; nor rejects it."""
    member = any_confirmed_member()
    adjustment = _waiting(member)
    before = everything()
    for act in (_approve, _reject):
        for claims in (ADMIN, member_claims(member, "admin"), member_claims("somebody")):
            answer = act(adjustment, claims)
            assert (answer.status, answer.code) == (403, "forbidden")
    assert everything() == before


def should_approve_once() -> None:
    member = any_confirmed_member()
    adjustment = _waiting(member)
    first = _approve(adjustment)
    before = everything()
    for claims in (SECOND_ADMIN, THIRD_ADMIN):
        again = _approve(adjustment, claims)
        assert (again.status, again.body) == (200, first.body)
    assert everything() == before
    assert kinds(member) == [("adjust", LIMIT + 1)]


def should_never_apply_what_was_rejected() -> None:
    member = any_confirmed_member()
    adjustment = _waiting(member)
    answer = _reject(adjustment)
    assert (answer.status, answer.body["status"]) == (200, "rejected")
    assert answer.body["rejected_by"] == SECOND_ADMIN["sub"]
    assert answer.body["rejected_at"] == instant(NOON)
    before = everything()
    assert _reject(adjustment, THIRD_ADMIN).body == answer.body
    refused = _approve(adjustment)
    assert (refused.status, refused.code, refused.body["decision"]) == (
        409, "already_decided", "rejected",
    )  # fmt: skip
    assert everything() == before


def should_not_reject_what_was_applied() -> None:
    adjustment = adjust(any_confirmed_member(), 5)["adjustment_id"]
    answer = _reject(adjustment)
    assert (answer.status, answer.code, answer.body["decision"]) == (
        409, "already_decided", "applied",
    )  # fmt: skip


def should_not_find_an_adjustment_that_was_never_asked_for() -> None:
    for act in (_approve, _reject):
        answer = act("unknown")
        assert (answer.status, answer.code) == (404, "not_found")


def should_refuse_what_is_no_id() -> None:
    for act in (_approve, _reject):
        answer = act("a b")
        assert (answer.status, answer.code) == (422, "invalid")


def should_let_it_wait_where_the_ledger_refuses() -> None:
    """Too few points, too many, a closed account: it can be approved once that has changed."""
    spent, full, closed = any_member_with(LIMIT + 1), any_member_with(1), any_confirmed_member()
    waiting = [_waiting(spent, -LIMIT - 1), _waiting(full, MAX_INTEGER - 1), _waiting(closed)]
    adjust(spent, -1)
    adjust(full, 1)
    close_account(closed)
    before = everything()
    answers = [_approve(adjustment) for adjustment in waiting]
    assert [(answer.status, answer.code) for answer in answers] == [
        (409, "insufficient_points"),
        (409, "points_limit"),
        (403, "account_closed"),
    ]
    assert everything() == before
    adjust(spent, 1)
    assert _approve(waiting[0]).status == 200
    assert available(spent) == 0


def should_keep_no_reason_of_a_member_who_is_erased_at_this_moment() -> None:
    """The profile is looked at in the transaction that keeps the reason."""
    member = any_confirmed_member()
    asked = {**keys.profile(member), "user_id": member, "status": "erased"}
    store = open_store()
    read = store.get

    def get(table: keys.Table, key: keys.Key) -> dict[str, Any] | None:
        found = read(table, key)
        if key == keys.profile(member):
            store.transact([put("users", asked)])
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "get", get)
        answer = _ask(member, LIMIT + 1)
    assert (answer.status, answer.code) == (404, "not_found")
    assert not [item for item in everything()["users"] if item["sk"].startswith("NOTE#")]


# --- the list ------------------------------------------------------------------------------------


def should_list_what_was_asked_for_newest_first(time: Time) -> None:
    member = any_confirmed_member()
    asked = []
    for points in (1, LIMIT + 1, LIMIT + 2, 2):
        asked.append(_ask(member, points).body["adjustment_id"])
        time.forward(HOUR)
    _reject(asked[1])
    listed = _list()["items"]
    assert [each["adjustment_id"] for each in listed] == asked[::-1]
    assert [each["status"] for each in listed] == [
        "applied", "waiting_approval", "rejected", "applied",
    ]  # fmt: skip
    assert {each["reason"] for each in listed} == {"A kind word"}
    for status, places in {"applied": [3, 0], "waiting_approval": [2], "rejected": [1]}.items():
        ids = [each["adjustment_id"] for each in _list(status=status)["items"]]
        assert ids == [asked[place] for place in places]


def should_list_page_by_page() -> None:
    member = any_confirmed_member()
    asked = {_ask(member, points).body["adjustment_id"] for points in (1, 2, 3, LIMIT, LIMIT)}
    first = _list(limit="3")
    rest = _list(limit="3", cursor=first["next_cursor"])
    listed = [each["adjustment_id"] for each in first["items"] + rest["items"]]
    assert (len(listed), set(listed)) == (5, asked)
    assert rest["next_cursor"] is None


def should_list_an_adjustment_without_its_reason_once_that_was_erased() -> None:
    member = any_confirmed_member()
    adjustment = _ask(member, 5).body["adjustment_id"]
    item = {**keys.note(member, adjustment)}
    store = open_store()
    store._client.delete_item(
        TableName="users", Key={name: {"S": value} for name, value in item.items()}
    )
    (listed,) = _list()["items"]
    assert "reason" not in listed


def should_refuse_a_cursor_of_another_list_and_a_status_that_is_none() -> None:
    member = any_confirmed_member()
    for _ in range(2):
        _ask(member, 1)
    cursor = _list(limit="1")["next_cursor"]
    for claims, query in ((SECOND_ADMIN, {}), (ADMIN, {"status": "applied"})):
        answer = call("list_adjustments", claims, query={"cursor": cursor, **query})
        assert (answer.status, answer.code) == (400, "bad_cursor")
    answer = call("list_adjustments", ADMIN, query={"status": "done"})
    assert (answer.status, answer.code) == (422, "invalid")
    assert call("list_adjustments", member_claims("m"), query={}).code == "forbidden"
