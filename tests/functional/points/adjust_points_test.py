"""POST /v1/admin/points/adjustments: a correction by hand, with a reason that can be erased."""

import boto3
import pytest
from mall import keys
from mall.clock import instant
from mall.models import MAX_INTEGER
from mall.store import open_store

from tests.builders import any_id
from tests.events import Answer, member_claims
from tests.functional.acts import (
    ADMIN,
    adjust,
    any_confirmed_member,
    any_member_with,
    available,
    call,
    close_account,
    everything,
    kinds,
    statement,
)
from tests.functional.precedence import Told, each_first
from tests.functional.times import DAY, NOON, Time


def _adjust(
    member: str, points: object, key: str | None = None, reason: object = "A kind word"
) -> Answer:
    body = {"user_id": member, "points": points, "reason": reason}
    return call("adjust_points", ADMIN, body=body, key=key or any_id())


def should_give_points_and_say_what_was_done() -> None:
    member = any_confirmed_member()
    answer = _adjust(member, 500, reason="  Sorry \U0001f600  ")
    assert answer.status == 201
    assert answer.body == {
        "adjustment_id": answer.body["adjustment_id"],
        "user_id": member,
        "points": 500,
        "reason": "Sorry \U0001f600",
        "status": "applied",
        "revision": 1,
        "asked_by": ADMIN["sub"],
        "asked_at": instant(NOON),
    }
    (entry,) = statement(member)
    assert (entry["kind"], entry["points"]) == ("adjust", 500)
    assert entry["source"] == {"type": "adjustment", "id": answer.body["adjustment_id"]}
    assert entry["note"] == "Sorry \U0001f600"
    assert entry["lots"] == [{"points": 500, "expires_at": "2027-12-01T00:00:00.000Z"}]


def should_take_points_away() -> None:
    member = any_member_with(80)
    assert _adjust(member, -80).body["points"] == -80
    assert kinds(member) == [("earn", 80), ("adjust", -80)]


def should_keep_the_reason_out_of_the_chain() -> None:
    member = any_confirmed_member()
    adjust(member, 5, reason="an ugly affair")
    assert "ugly" not in str(everything()["points"][0]) + str(everything()["orders"])
    chain = boto3.client("dynamodb").query(
        TableName="points",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": keys.member(member)}},
    )
    assert "ugly" not in str(chain["Items"])


def should_leave_the_chain_valid_when_the_reason_is_erased() -> None:
    member = any_confirmed_member()
    note = keys.note(member, adjust(member, 5)["adjustment_id"])
    erased = {name: {"S": value} for name, value in note.items()}
    boto3.client("dynamodb").delete_item(TableName="users", Key=erased)
    (entry,) = statement(member)
    assert "note" not in entry


def should_name_the_admin_on_the_entry() -> None:
    member = any_confirmed_member()
    adjust(member, 5)
    entry = open_store().get("points", keys.entry(member, 1)) or {}
    assert entry["actor"] == ADMIN["sub"]


# --- refusals ------------------------------------------------------------------------------------

PRECEDENCE = [
    (403, "forbidden"),
    (400, "malformed"),
    (422, "invalid"),
    (400, "idempotency_key_required"),
    (404, "not_found"),
    (403, "account_closed"),
    (409, "insufficient_points"),
]


@each_first(PRECEDENCE)
def should_tell_the_first_refusal_and_write_nothing(told: Told, wrong: list[str]) -> None:
    """Each row is wrong in its own way and in every later one."""
    member = any_member_with(10)
    if "account_closed" in wrong:
        close_account(member)
    body = {
        "user_id": "unknown" if "not_found" in wrong else member,
        "points": 0 if "invalid" in wrong else -11,
        "reason": "A mistake",
    }
    before = everything()
    answer = call(
        "adjust_points",
        member_claims(member) if "forbidden" in wrong else ADMIN,
        body="{" if "malformed" in wrong else body,
        key=None if "idempotency_key_required" in wrong else any_id(),
    )
    assert (answer.status, answer.code) == told
    assert answer.body["status"] == answer.status
    assert everything() == before


@pytest.mark.parametrize("points", [10, -10])
def should_move_nothing_of_a_closed_account(points: int) -> None:
    """Case 84."""
    member = any_member_with(100)
    close_account(member)
    before = everything()
    body = {"user_id": member, "points": points, "reason": "A mistake"}
    answer = call("adjust_points", ADMIN, body=body, key=any_id())
    assert (answer.status, answer.code) == (403, "account_closed")
    assert everything() == before


def should_refuse_to_adjust_oneself_before_looking_anything_up() -> None:
    answer = _adjust(ADMIN["sub"], 5)
    assert (answer.status, answer.code) == (403, "forbidden")


def should_say_how_many_points_there_are() -> None:
    answer = _adjust(any_member_with(10), -11)
    assert (answer.code, answer.body["available"]) == ("insufficient_points", 10)


def should_stop_at_the_largest_balance() -> None:
    member = any_member_with(1)
    before = everything()
    answer = _adjust(member, MAX_INTEGER)
    assert (answer.status, answer.code) == (409, "points_limit")
    assert everything() == before
    adjust(member, MAX_INTEGER - 1)
    assert available(member) == MAX_INTEGER


@pytest.mark.parametrize("points", [0, 1.5, 5.0, "5", True, None, 2**53, -(2**53)])
def should_refuse_points_that_are_no_integer_but_0(points: object) -> None:
    """Cases 3 and 4: 422, and nothing is written."""
    member = any_member_with(10)
    before = everything()
    answer = _adjust(member, points)
    assert (answer.status, answer.code) == (422, "invalid")
    assert everything() == before


@pytest.mark.parametrize("reason", ["", "   ", None, 7, "x" * 121])
def should_ask_for_a_reason(reason: object) -> None:
    answer = _adjust(any_confirmed_member(), 5, reason=reason)
    assert (answer.status, answer.fields) == (422, ["reason"])


def should_refuse_a_field_that_it_does_not_know() -> None:
    body = {"user_id": any_confirmed_member(), "points": 5, "reason": "x", "actor": "somebody"}
    answer = call("adjust_points", ADMIN, body=body, key=any_id())
    assert (answer.status, answer.fields) == (422, ["actor"])


# --- the same key again --------------------------------------------------------------------------


def should_answer_a_retry_as_before_however_late(time: Time) -> None:
    """Cases 36 and 40."""
    member = any_confirmed_member()
    first = _adjust(member, 5, "k")
    close_account(member)
    before = everything()
    time.forward(2 * DAY)
    again = _adjust(member, 5, "k")
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert everything() == before


def should_refuse_another_adjustment_under_the_same_key() -> None:
    """Case 37, and before whatever else would be wrong with it."""
    member = any_confirmed_member()
    _adjust(member, 5, "k")
    before = everything()
    for answer in (
        _adjust(member, 6, "k"),
        _adjust(member, -6, "k"),
        _adjust(member, 5, "k", reason="Another"),
        _adjust("unknown", 5, "k"),
    ):
        assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert everything() == before


def should_keep_the_keys_of_two_admins_apart() -> None:
    """Case 41."""
    member = any_confirmed_member()
    _adjust(member, 5, "k")
    body = {"user_id": member, "points": 7, "reason": "mine"}
    other = call("adjust_points", member_claims("another", "admin"), body=body, key="k")
    assert other.status == 201
    assert available(member) == 12


def should_not_burn_the_key_of_a_refused_adjustment() -> None:
    """Case 45."""
    member = any_confirmed_member()
    assert _adjust(member, -5, "k").code == "insufficient_points"
    adjust(member, 5)
    assert _adjust(member, -5, "k").status == 201
