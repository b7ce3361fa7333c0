"""POST /v1/points/transfers: points from one member to another, with their expiries."""

import pytest
from mall import keys
from mall.clock import instant
from mall.models import MAX_INTEGER
from mall.store import open_store

from tests.builders import any_id
from tests.events import Answer, member_claims
from tests.functional.acts import (
    adjust,
    any_confirmed_member,
    any_member_with,
    any_refund,
    available,
    balance,
    call,
    close_account,
    everything,
    kinds,
    purchase,
    record,
    set_program,
    statement,
)
from tests.functional.precedence import Told, each_first
from tests.functional.times import DAY, HOUR, NOON, Time

LIMIT = 1_000


def _email(member: str) -> str:
    return f"{member}@example.test"


def _send(
    giver: str, to_email: object, points: object = 10, key: str | None = None, **more: object
) -> Answer:
    body = {"to_email": to_email, "points": points, **more}
    return call("transfer_points", member_claims(giver), body=body, key=key or any_id())


@pytest.fixture(autouse=True)
def offered(on_a_stage: None) -> None:
    """The program has transfers."""
    set_program(transfers={"daily_limit": LIMIT})


def should_move_points_from_one_member_to_the_other() -> None:
    giver, receiver = any_member_with(100), any_confirmed_member()
    answer = _send(giver, _email(receiver), 30)
    assert answer.status == 201
    assert answer.body == {
        "transfer_id": answer.body["transfer_id"],
        "points": 30,
        "to_email": _email(receiver),
        "revision": 2,
    }
    assert (available(giver), available(receiver)) == (70, 30)
    assert kinds(giver)[1:] == [("transfer_out", -30)]
    assert kinds(receiver) == [("transfer_in", 30)]
    source = {"type": "transfer", "id": answer.body["transfer_id"]}
    assert statement(giver)[1]["source"] == statement(receiver)[0]["source"] == source


def should_find_the_receiver_whatever_the_case_of_the_address() -> None:
    giver, receiver = any_member_with(100), any_confirmed_member()
    assert _send(giver, f"  {_email(receiver).upper()} ").status == 201
    assert available(receiver) == 10


def should_let_the_points_keep_their_expiries(time: Time) -> None:
    giver, receiver = any_member_with(20), any_confirmed_member()
    time.forward(40 * DAY)
    adjust(giver, 50)
    _send(giver, _email(receiver), 30)
    assert balance(receiver)["expiring"] == [
        {"points": 20, "expires_at": "2027-12-01T00:00:00.000Z"},
        {"points": 10, "expires_at": "2028-02-01T00:00:00.000Z"},
    ]
    assert balance(giver)["expiring"] == [
        {"points": 40, "expires_at": "2028-02-01T00:00:00.000Z"},
    ]


def should_let_idle_points_live_as_long_as_those_that_are_there(time: Time) -> None:
    """Giving is an activity of the giver's, and none of the receiver's."""
    idle = {"policy": "inactivity", "months": 2, "round_to": "day"}
    set_program(transfers={"daily_limit": LIMIT}, expiry=idle)
    giver, receiver = any_confirmed_member(), any_confirmed_member()
    adjust(giver, 20)
    time.forward(10 * DAY)
    adjust(receiver, 5)
    _send(giver, _email(receiver), 15)
    (left,) = balance(giver)["expiring"]
    assert left == {"points": 5, "expires_at": "2027-02-03T00:00:00.000Z"}
    assert balance(receiver)["expiring"] == [{**left, "points": 20}]


def should_pay_the_receivers_debt_first() -> None:
    giver, receiver = any_member_with(100), any_confirmed_member()
    set_program(transfers={"daily_limit": LIMIT}, claw_back_policy="unlimited")
    _owe(receiver, 25)
    _send(giver, _email(receiver), 40)
    held = balance(receiver)
    assert (held["available"], held["debt"]) == (15, 0)


def _owe(member: str, points: int) -> None:
    """Let a member spend what they earned, and return the purchase."""
    event = purchase(member, points)
    adjust(member, -points)
    assert record(any_refund(event)).status == 202
    assert balance(member)["debt"] == points


def should_keep_the_note_with_both_and_out_of_the_chain() -> None:
    giver, receiver = any_member_with(100), any_confirmed_member()
    _send(giver, _email(receiver), 30, note="  Happy birthday, dear ")
    assert statement(giver)[1]["note"] == "Happy birthday, dear"
    assert statement(receiver)[0]["note"] == "Happy birthday, dear"
    assert "birthday" not in str(everything()["points"])
    assert "note" not in _sent_without_note(giver, receiver)


def _sent_without_note(giver: str, receiver: str) -> dict[str, object]:
    _send(giver, _email(receiver), 1)
    entry: dict[str, object] = statement(receiver)[-1]
    return entry


def should_keep_no_address_beside_the_ledger() -> None:
    giver, receiver = any_member_with(100), any_confirmed_member()
    _send(giver, _email(receiver), 30)
    assert "example.test" not in str(everything()["points"])


def should_keep_who_gave_to_whom() -> None:
    giver, receiver = any_member_with(100), any_confirmed_member()
    place = keys.transfer(_send(giver, _email(receiver), 30).body["transfer_id"])
    kept = {**place, "giver": giver, "receiver": receiver, "points": 30, "at": NOON}
    assert open_store().get("points", place) == kept


# --- the limit of a day --------------------------------------------------------------------------


def should_stop_at_the_limit_of_a_program_day(time: Time) -> None:
    zone = "Asia/Tokyo"
    set_program(transfers={"daily_limit": LIMIT}, zone=zone)
    giver, receiver = any_member_with(3 * LIMIT), any_confirmed_member()
    assert _send(giver, _email(receiver), LIMIT - 100).status == 201
    before = everything()
    answer = _send(giver, _email(receiver), 101)
    assert (answer.status, answer.code) == (409, "daily_limit_reached")
    assert (answer.body["limit"], answer.body["left"]) == (LIMIT, 100)
    assert everything() == before
    assert _send(giver, _email(receiver), 100).status == 201
    time.forward(3 * HOUR - 1)
    assert _send(giver, _email(receiver), 1).body["left"] == 0
    time.forward(1)
    assert _send(giver, _email(receiver), LIMIT).status == 201


def should_say_what_is_left_when_one_transfer_is_beyond_the_limit() -> None:
    giver, receiver = any_member_with(3 * LIMIT), any_confirmed_member()
    _send(giver, _email(receiver), 400)
    answer = _send(giver, _email(receiver), LIMIT + 1)
    assert (answer.code, answer.body["left"]) == ("daily_limit_reached", LIMIT - 400)


def should_count_each_members_gifts_alone() -> None:
    one, other = any_member_with(LIMIT), any_member_with(LIMIT)
    for _ in range(2):
        one, other = other, one
        assert _send(one, _email(other), LIMIT).status == 201


# --- refusals ------------------------------------------------------------------------------------

PRECEDENCE = [
    (403, "forbidden"),
    (400, "malformed"),
    (422, "invalid"),
    (400, "idempotency_key_required"),
    (409, "not_offered"),
    (404, "not_found"),
    (409, "own_account"),
    (403, "account_closed"),
    (409, "insufficient_points"),
    (409, "daily_limit_reached"),
]


@each_first(PRECEDENCE)
def should_tell_the_first_refusal_and_write_nothing(told: Told, wrong: list[str]) -> None:
    """Each row is wrong in its own way and in every later one that does not contradict it."""
    giver, receiver = any_member_with(10), any_confirmed_member()
    if wrong[0] == "daily_limit_reached":
        adjust(giver, 2 * LIMIT)
    if "not_offered" in wrong:
        set_program()
    if "account_closed" in wrong:
        close_account(giver)
    body = {
        "to_email": _address(wrong, giver, receiver),
        "points": 0 if "invalid" in wrong else LIMIT + 1,
    }
    before = everything()
    answer = call(
        "transfer_points",
        member_claims(giver) | ({"token_use": "id"} if "forbidden" in wrong else {}),
        body="{" if "malformed" in wrong else body,
        key=None if "idempotency_key_required" in wrong else any_id(),
    )
    assert (answer.status, answer.code) == told
    assert everything() == before


def _address(wrong: list[str], giver: str, receiver: str) -> str:
    if "not_found" in wrong:
        return "nobody@example.test"
    return _email(giver if "own_account" in wrong else receiver)


def should_move_nothing_out_of_a_closed_account() -> None:
    """Case 84."""
    giver, receiver = any_member_with(100), any_confirmed_member()
    close_account(giver)
    before = everything()
    answer = _send(giver, _email(receiver))
    assert (answer.status, answer.code) == (403, "account_closed")
    assert everything() == before


def should_not_find_a_receiver_whose_account_is_closed() -> None:
    """Case 84, seen from the other side."""
    giver, receiver = any_member_with(100), any_confirmed_member()
    close_account(receiver)
    before = everything()
    answer = _send(giver, _email(receiver))
    assert (answer.status, answer.code) == (404, "not_found")
    assert everything() == before


def should_say_how_many_points_there_are() -> None:
    giver, receiver = any_member_with(10), any_confirmed_member()
    answer = _send(giver, _email(receiver), 11)
    assert (answer.code, answer.body["available"]) == ("insufficient_points", 10)


def should_stop_at_the_receivers_largest_balance() -> None:
    giver, receiver = any_member_with(10), any_confirmed_member()
    adjust(receiver, MAX_INTEGER)
    before = everything()
    answer = _send(giver, _email(receiver), 1)
    assert (answer.status, answer.code) == (409, "points_limit")
    assert everything() == before


@pytest.mark.parametrize("points", [0, -1, 1.5, "5", True, None, 2**53])
def should_refuse_points_that_are_no_positive_integer(points: object) -> None:
    """Cases 3 and 4."""
    answer = _send(any_member_with(10), "a@example.test", points)
    assert (answer.status, answer.fields) == (422, ["points"])


@pytest.mark.parametrize("address", ["", "a", None, "x" * 255])
def should_refuse_what_is_no_address(address: object) -> None:
    answer = _send(any_member_with(10), address)
    assert (answer.status, answer.fields) == (422, ["to_email"])


# --- the same key again --------------------------------------------------------------------------


def should_answer_a_retry_as_before_however_late(time: Time) -> None:
    """Cases 36, 39 and 40: also when the transfer emptied the purse and the receiver is gone."""
    giver, receiver = any_member_with(10), any_confirmed_member()
    first = _send(giver, _email(receiver), 10, "k", note="x")
    close_account(receiver)
    close_account(giver)
    before = everything()
    time.forward(2 * DAY)
    again = _send(giver, _email(receiver), 10, "k", note="x")
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert everything() == before


def should_refuse_another_transfer_under_the_same_key() -> None:
    """Case 37."""
    giver, receiver = any_member_with(100), any_confirmed_member()
    _send(giver, _email(receiver), 10, "k")
    before = everything()
    for answer in (
        _send(giver, _email(receiver), 11, "k"),
        _send(giver, "other@example.test", 10, "k"),
        _send(giver, _email(receiver), 10, "k", note="x"),
    ):
        assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert everything() == before


def should_keep_the_keys_of_two_members_apart() -> None:
    """Case 41."""
    receiver = any_confirmed_member()
    for giver in (any_member_with(10), any_member_with(10)):
        assert _send(giver, _email(receiver), 10, "k").status == 201
    assert available(receiver) == 20


def should_not_burn_the_key_of_a_refused_transfer() -> None:
    """Case 45."""
    giver, receiver = any_confirmed_member(), any_confirmed_member()
    assert _send(giver, _email(receiver), 10, "k").code == "insufficient_points"
    adjust(giver, 10)
    assert _send(giver, _email(receiver), 10, "k").status == 201


def should_book_what_is_due_in_both_accounts(time: Time) -> None:
    giver, receiver = any_member_with(100), any_member_with(50)
    time.forward(380 * DAY)
    adjust(giver, 30)
    _send(giver, _email(receiver), 30)
    assert kinds(giver)[1:] == [("expire", -100), ("adjust", 30), ("transfer_out", -30)]
    assert kinds(receiver)[1:] == [("expire", -50), ("transfer_in", 30)]
    assert statement(receiver)[-1]["at"] == instant(time.now)
