"""Events of members whom nobody knows yet: refused, or kept until the member is welcomed."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
from mall import keys
from mall.clock import instant
from mall.store import Store, open_store
from mall.writes import Write, delete, put

from functions.points import welcome_member as welcoming
from tests.builders import any_id, any_member
from tests.events import partner_claims
from tests.functional.acts import (
    any_confirmed_member,
    any_purchase,
    any_refund,
    available,
    close_account,
    everything,
    follow,
    kinds,
    record,
)
from tests.functional.times import DAY, NOON, SECOND, Time

_follow = partial(follow, "welcome_member")


class Died(Exception):
    """The function was killed here."""


@pytest.fixture
def keeping() -> None:
    """The program keeps events of unknown members, for 30 days."""
    settings = {"unknown_members": "keep", "event_age_days_max": 30}
    program = {**keys.PROGRAM, "settings": json.dumps(settings), "version": 1}
    open_store().transact([put("points", program)])


by_either = pytest.mark.parametrize("named", ["email", "user_id"])


def _reference(member: str, named: str) -> dict[str, str]:
    return {named: member if named == "user_id" else f"{member}@example.test"}


def _event(member: dict[str, str], points: int = 100) -> dict[str, Any]:
    return any_purchase("", points) | {"member": member}


def _profile(member: str) -> dict[str, Any]:
    return open_store().get("users", keys.profile(member)) or {}


def _appears(member: str) -> dict[str, Any]:
    """The member is confirmed; the profile that the stream then tells of."""
    any_confirmed_member(member)
    address = {**_profile(member), "email": f"{member}@example.test"}
    open_store().transact([put("users", address)])
    return address


def _waiting() -> list[dict[str, Any]]:
    return [item for item in everything()["users"] if item["sk"].startswith("WAITING#")]


# --- refused -------------------------------------------------------------------------------------


@by_either
def should_refuse_an_unknown_member_unless_the_program_keeps_them(named: str) -> None:
    before = everything()
    answer = record(_event(_reference(any_member(), named)))
    assert (answer.status, answer.code) == (404, "not_found")
    assert everything() == before


# --- kept ----------------------------------------------------------------------------------------


@by_either
def should_keep_an_event_and_grant_it_when_the_member_appears(keeping: None, named: str) -> None:
    member = any_member()
    event = _event(_reference(member, named), 70)
    answer = record(event)
    assert answer.status == 202
    assert answer.body == {
        "event_id": event["event_id"], "status": "waiting", "points": 0, "pending": 0,
        "explain": [],
    }  # fmt: skip
    assert _follow(_appears(member)) == []
    assert (available(member), kinds(member)) == (70, [("earn", 70)])
    assert _waiting() == []
    again = record(event)
    assert (again.status, again.body["status"]) == (200, "duplicate")


def should_keep_personal_data_out_of_every_other_table(keeping: None) -> None:
    address = f"{any_member()}@example.test"
    record(_event({"email": address}), key=any_id())
    tables = everything()
    [kept] = _waiting()
    assert address in str(kept)
    assert [name for name, items in tables.items() if address in str(items)] == ["users"]


def should_find_an_address_however_it_is_spelled(keeping: None) -> None:
    member = any_member()
    record(_event({"email": f"{member.upper()}@Example.TEST"}, 10))
    _follow(_appears(member))
    assert available(member) == 10


@by_either
def should_call_an_event_that_waits_a_duplicate(keeping: None, named: str) -> None:
    event = _event(_reference(any_member(), named))
    record(event)
    before = everything()
    again = record(event)
    assert (again.status, again.body["status"], again.body["points"]) == (200, "duplicate", 0)
    assert everything() == before


def should_keep_the_same_event_id_of_another_partner(keeping: None) -> None:
    member = any_member()
    event = _event({"user_id": member}, 10)
    for client in ("shop", "another-shop"):
        answer = record(event, partner_claims(client, "mall/events"))
        assert (answer.status, answer.body["status"]) == (202, "waiting")
    _follow(_appears(member))
    assert available(member) == 20


def should_answer_a_key_as_before_even_after_the_member_was_welcomed(keeping: None) -> None:
    member, key = any_member(), any_id()
    event = any_purchase(member, 10)
    first = record(event, key=key)
    _follow(_appears(member))
    again = record(event, key=key)
    assert (again.status, again.body) == (202, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    other = record(any_purchase(member, 10), key=key)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert available(member) == 10


def should_grant_what_came_by_address_and_by_id_once(keeping: None) -> None:
    member = any_member()
    event = any_purchase(member, 10)
    for named in ("email", "user_id"):
        assert record({**event, "member": _reference(member, named)}).body["status"] == "waiting"
    _follow(_appears(member))
    assert (available(member), _waiting()) == (10, [])


def should_take_back_what_was_refunded_while_it_waited(keeping: None, time: Time) -> None:
    member = any_member()
    event = any_purchase(member, 70)
    refund = any_refund(event)
    record(refund)
    time.forward(SECOND)
    record(event)
    _follow(_appears(member))
    assert (available(member), _waiting()) == (0, [])
    assert sum(points for _, points in kinds(member)) == 0


@by_either
def should_keep_events_of_a_person_who_has_not_confirmed(keeping: None, named: str) -> None:
    member = any_member()
    profile = {**keys.profile(member), "user_id": member, "status": "unconfirmed"}
    open_store().transact([put("users", {**profile, "email": f"{member}@example.test"})])
    record(_event(_reference(member, named), 10))
    assert _follow(_profile(member)) == []
    assert len(_waiting()) == 1
    _follow(_appears(member))
    assert available(member) == 10


def should_keep_nothing_for_an_erased_member(keeping: None) -> None:
    member = any_member()
    stub = {**keys.profile(member), "user_id": member, "status": "erased"}
    open_store().transact([put("users", stub)])
    before = everything()
    answer = record(any_purchase(member))
    assert (answer.status, answer.code) == (404, "not_found")
    assert everything() == before


# --- time ----------------------------------------------------------------------------------------


def should_judge_the_age_when_an_event_comes_and_not_when_the_member_does(
    keeping: None, time: Time
) -> None:
    member = any_member()
    at = instant(NOON - 29 * DAY)
    record(any_purchase(member, 10, occurred_at=at))
    too_old = record(any_purchase(member, 10, occurred_at=instant(NOON - 31 * DAY)))
    assert (too_old.status, too_old.fields) == (422, ["occurred_at"])
    time.forward(29 * DAY)
    _follow(_appears(member))
    assert available(member) == 10


def should_let_events_go_that_waited_too_long(keeping: None, time: Time) -> None:
    """The table may be late with deleting them; they count no more, and may be told anew."""
    member = any_member()
    event = any_purchase(member, 10)
    record(event)
    [kept] = _waiting()
    assert kept["ttl"] == (NOON + 30 * DAY) // 1000
    time.forward(30 * DAY)
    assert record(event).body["status"] == "waiting"
    [kept] = _waiting()
    assert kept["ttl"] == (NOON + 60 * DAY) // 1000
    time.forward(30 * DAY)
    _follow(_appears(member))
    assert available(member) == 0


# --- welcoming -----------------------------------------------------------------------------------


def should_follow_nothing_but_confirmed_profiles(keeping: None) -> None:
    member = any_member()
    record(any_purchase(member, 10))
    images: list[Mapping[str, Any] | None] = [
        {**keys.email("ada@example.test"), "user_id": member},
        {**keys.note(member, any_id()), "text": "hello"},
        {**keys.profile(member), "user_id": member, "status": "unconfirmed"},
        {**keys.profile(member), "user_id": member, "status": "erased"},
        *_waiting(),
        None,
    ]
    assert _follow(*images) == []
    assert len(_waiting()) == 1


def should_welcome_twice_and_grant_once(keeping: None) -> None:
    member = any_member()
    record(any_purchase(member, 10))
    profile = _appears(member)
    assert _follow(profile, profile) == []
    assert available(member) == 10


def should_grant_once_when_it_dies_between_recording_and_letting_go(
    keeping: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = any_member()
    record(any_purchase(member, 10))
    profile = _appears(member)

    def dies(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(welcoming, "let_go", dies)
        assert _follow(profile) == ["0"]
    assert (available(member), len(_waiting())) == (10, 1)
    assert _follow(profile) == []
    assert (available(member), _waiting()) == (10, [])


def should_let_what_a_closed_account_refuses_wait_until_it_is_open(keeping: None) -> None:
    member = any_member()
    event = any_purchase(member, 10)
    record(event)
    profile = _appears(member)
    close_account(member)
    assert _follow(profile) == []
    assert (available(member), len(_waiting())) == (0, 1)


# --- a member who appears at that very moment ----------------------------------------------------


def _appearing(member: str, monkeypatch: pytest.MonkeyPatch, *, checked: bool = True) -> None:
    """The member is confirmed and welcomed just before what the handler decided is written."""
    transact, met = Store.transact, False

    def late(store: Store, writes: list[Write]) -> None:
        nonlocal met
        if not met and any(write.action == "ConditionCheck" for write in writes):
            met = True
            assert _follow(_appears(member)) == []
            writes = [w for w in writes if checked or w.action != "ConditionCheck"]
        transact(store, writes)

    monkeypatch.setattr(Store, "transact", late)


@by_either
def should_not_miss_a_member_who_appears_at_that_very_moment(
    keeping: None, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = any_member()
    _appearing(member, monkeypatch)
    answer = record(_event(_reference(member, named), 10), key=any_id())
    assert (answer.status, answer.body["status"], answer.body["points"]) == (202, "granted", 10)
    assert (available(member), _waiting()) == (10, [])


@by_either
def should_be_seen_to_miss_them_without_the_check(
    keeping: None, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control."""
    member = any_member()
    _appearing(member, monkeypatch, checked=False)
    record(_event(_reference(member, named), 10))
    assert (available(member), len(_waiting())) == (0, 1)


def should_say_that_nobody_is_there_when_they_are_gone_again(
    keeping: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known when the event is kept, unknown when it is asked for again: nothing is kept."""
    member = any_member()
    transact = Store.transact

    def comes_and_goes(store: Store, writes: list[Write]) -> None:
        monkeypatch.setattr(Store, "transact", transact)
        _appears(member)
        try:
            transact(store, writes)
        finally:
            transact(store, [delete("users", keys.profile(member))])

    monkeypatch.setattr(Store, "transact", comes_and_goes)
    answer = record(any_purchase(member))
    assert (answer.status, answer.code) == (404, "not_found")
    assert _waiting() == []
