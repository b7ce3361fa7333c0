"""GET /v1/admin/points/{user_id}/balance and .../entries: a member's account, shown to admins."""

from collections.abc import Callable

import pytest
from mall import keys
from mall.clock import instant
from mall.store import open_store
from mall.writes import put

from tests.builders import any_id
from tests.events import Answer, member_claims
from tests.functional.acts import (
    ADMIN,
    adjust,
    any_member_with,
    any_product,
    call,
    close_account,
    place,
    purchase,
)
from tests.functional.times import NOON, SECOND, Time

Ask = Callable[..., Answer]


def _balance(member: str, **query: str) -> Answer:
    return call("get_member_balance", ADMIN, path={"user_id": member}, query=query)


def _entries(member: str, **query: str) -> Answer:
    return call("list_member_entries", ADMIN, path={"user_id": member}, query=query)


def _verdict(member: str) -> Answer:
    return call("verify_ledger", ADMIN, path={"user_id": member})


def _a_life() -> str:
    member = any_member_with(50)
    place(member, any_product(20), 20)
    adjust(member, 5, reason="sorry")
    return member


def _with_status(member: str, status: str) -> str:
    profile = {**keys.profile(member), "user_id": member, "status": status}
    open_store().transact([put("users", profile)])
    return member


for_each = pytest.mark.parametrize("ask", [_balance, _entries, _verdict])


def should_show_the_balance_that_the_member_is_shown() -> None:
    member = _a_life()
    answer = _balance(member)
    assert (answer.status, answer.body) == (200, call("get_balance", member_claims(member)).body)
    assert answer.body["available"] == 35


def should_show_the_balance_at_an_instant_in_the_past(time: Time) -> None:
    member = any_member_with(50)
    time.forward(SECOND)
    purchase(member, 7)
    at = instant(NOON)
    own = call("get_balance", member_claims(member), query={"at": at})
    assert _balance(member, at=at).body == own.body
    assert own.body["available"] == 50
    ahead = _balance(member, at=instant(NOON + 2 * SECOND))
    assert (ahead.status, ahead.fields) == (422, ["at"])


def should_show_the_statement_that_the_member_is_shown() -> None:
    member = _a_life()
    answer = _entries(member)
    assert (answer.status, answer.body) == (200, call("list_entries", member_claims(member)).body)
    assert [line["kind"] for line in answer.body["items"]] == ["adjust", "redeem", "earn"]
    assert answer.body["items"][0]["note"] == "sorry"
    [redeemed] = _entries(member, kind="redeem").body["items"]
    assert redeemed["points"] == -20


def should_page_through_a_statement_by_a_cursor_of_its_own() -> None:
    member, other = _a_life(), _a_life()
    first = _entries(member, limit="2").body
    second = _entries(member, limit="2", cursor=first["next_cursor"]).body
    revisions = [line["revision"] for line in first["items"] + second["items"]]
    assert (revisions, second["next_cursor"]) == ([3, 2, 1], None)
    cursor = first["next_cursor"]
    for answer in (
        _entries(other, limit="2", cursor=cursor),
        _entries(member, limit="2", cursor=cursor, kind="earn"),
        call("list_entries", member_claims(member), query={"cursor": cursor}),
    ):
        assert (answer.status, answer.code) == (400, "bad_cursor")


@for_each
def should_show_closed_and_erased_accounts(ask: Ask) -> None:
    member = _a_life()
    close_account(member)
    before = ask(member)
    assert before.status == 200
    _with_status(member, "erased")
    assert ask(member).body == before.body


@for_each
def should_know_nobody_who_never_had_an_account(ask: Ask) -> None:
    for nobody in (any_id(), _with_status(any_id(), "unconfirmed")):
        answer = ask(nobody)
        assert (answer.status, answer.code) == (404, "not_found")


@for_each
def should_refuse_ids_that_are_none(ask: Ask) -> None:
    assert ask("no id").code == "invalid"
