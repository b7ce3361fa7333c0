"""DELETE /v1/me, and the hourly job that finishes what a crash left."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber
from mall import keys
from mall.http import Identity
from mall.identity import UserPool, open_user_pool
from mall.points.ledger.chain import verify
from mall.points.ledger.entry import Entry
from mall.store import Store, open_store
from mall.store.ledger import entries
from mall.writes import delete, put

from functions.users.confirm_user import confirm_user
from functions.users.disable_user import disable_user
from functions.users.erase_me import erase_me
from functions.users.finish_erasures import finish_erasures
from functions.users.get_me import get_me
from functions.users.log_in import log_in
from functions.users.refresh_session import refresh_session
from functions.users.register_user import register_user
from functions.users.update_me import update_me
from tests.builders import any_id
from tests.events import Answer, ask, http_event
from tests.functional.acts import ADMIN, any_address, call
from tests.functional.points import books
from tests.functional.users.people import (
    PASSWORD,
    any_member,
    any_registered,
    any_session,
    as_admin,
    by_member,
    code_of,
    everything_written,
    post,
)

NOTE = "moved to Lovelace Street 7"
STREET = "12 Byron Row"
PROFILE = {"phone": "+12025550123", "birthday": "1906-12-09", "locale": "pt-BR"}


class Died(Exception):
    """The function was killed here."""


def _erase(member: str) -> Answer:
    return by_member(erase_me, "DELETE /v1/me", member)


def _any_full_member() -> dict[str, Any]:
    """A member with a profile, points, an address, and a reason that is kept as a note."""
    person = any_member()
    member = person["user_id"]
    assert by_member(update_me, "PATCH /v1/me", member, body=PROFILE).status == 200
    any_address(member, line1=STREET, phone=PROFILE["phone"])
    body = {"user_id": member, "points": 120, "reason": NOTE}
    for _ in range(2):  # repeated, so that it is answered from what is kept of it
        answer = call("adjust_points", ADMIN, body=body, key=f"gift of {member}")
        assert (answer.status, answer.body["reason"]) == (201, NOTE)
    return person


def _personal(person: dict[str, Any]) -> list[str]:
    return [person["email"], person["name"], NOTE, STREET, *PROFILE.values()]


def _left(person: dict[str, Any]) -> list[str]:
    """What is still found of a person in any table, whatever the item. Nothing, it should be."""
    written = everything_written(person["user_id"], person["email"])
    return [told for told in _personal(person) if told in written]


def _chain(member: str) -> list[Entry]:
    return list(entries(open_store(), member))


def _profile(member: str) -> dict[str, Any]:
    return open_store().get("users", keys.profile(member)) or {}


def _owed(member: str) -> bool:
    return open_store().get("users", keys.erasure(member)) is not None


def _is_known_to_cognito(member: str) -> bool:
    pool = open_user_pool()
    users = pool._client.list_users(UserPoolId=pool._pool_id, Filter=f'sub = "{member}"')["Users"]
    return bool(users)


def _assert_erased(person: dict[str, Any]) -> None:
    member = person["user_id"]
    assert _left(person) == []
    assert not _is_known_to_cognito(member)
    assert not _owed(member)
    stub = _profile(member)
    assert set(stub) == {"pk", "sk", "user_id", "status", "erased_at"}
    assert (stub["user_id"], stub["status"]) == (member, "erased")


def should_see_personal_data_before_it_is_erased() -> None:
    """Control: what the next test looks for is found while the member stands."""
    person = _any_full_member()
    assert _left(person) == _personal(person)
    assert _is_known_to_cognito(person["user_id"])


def should_leave_no_personal_data_and_the_chain_as_it_was() -> None:
    """Case 77."""
    person = _any_full_member()
    member = person["user_id"]
    [before] = _chain(member)
    answer = _erase(member)
    assert (answer.status, answer.body) == (202, {"user_id": member, "status": "erasing"})
    _assert_erased(person)
    first, closed = _chain(member)
    assert verify([first, closed]).valid
    assert first == before
    assert (closed.kind, closed.points, closed.actor) == ("close", 0, member)
    assert closed.after.totals == before.after.totals
    assert closed.after.lots == before.after.lots


def should_leave_the_programs_totals_as_they_were() -> None:
    """Case 77: what the program owes and what moved are the same, but for the entry that closes."""
    member = _any_full_member()["user_id"]
    books.count(*_chain(member))
    before = books.liability()
    assert before["available"] >= 120
    _erase(member)
    books.count(*_chain(member))
    after = books.liability()
    for same in ("available", "pending", "debt", "by_expiry_month"):
        assert after[same] == before[same]
    closed = after["by_kind_today"].pop("close")
    before["by_kind_today"].pop("close", None)
    assert after["by_kind_today"] == before["by_kind_today"]
    assert closed["points"] == 0


def should_move_nothing_for_a_token_that_is_still_alive() -> None:
    """Case 84."""
    member = _any_full_member()["user_id"]
    _erase(member)
    before = everything_written(member, "")
    assert by_member(get_me, "GET /v1/me", member).code == "not_found"
    changed = by_member(update_me, "PATCH /v1/me", member, body={"name": "Ada"})
    assert (changed.status, changed.code) == (404, "not_found")
    assert everything_written(member, "") == before


def should_answer_again_and_change_nothing() -> None:
    person = _any_full_member()
    member = person["user_id"]
    _erase(member)
    before = everything_written(member, person["email"])
    assert _erase(member).status == 202
    assert everything_written(member, person["email"]) == before
    assert len(_chain(member)) == 2


def should_end_every_session() -> None:
    person = _any_full_member()
    session = any_session(person)
    _erase(person["user_id"])
    body = {"refresh_token": session["refresh_token"]}
    assert post(refresh_session, "/sessions/refresh", body).code == "wrong_credentials"
    credentials = {"email": person["email"], "password": PASSWORD}
    assert post(log_in, "/sessions", credentials).code == "wrong_credentials"


def should_free_the_address_for_a_member_with_another_id() -> None:
    person = _any_full_member()
    _erase(person["user_id"])
    body = {"email": person["email"], "name": "Ada again", "password": PASSWORD}
    registered = post(register_user, "/users", body)
    assert registered.status == 201
    assert registered.body["user_id"] != person["user_id"]
    assert post(confirm_user, "/users/confirm", code_of(person)).status == 204
    found = open_store().get("users", keys.email(person["email"])) or {}
    assert found["user_id"] == registered.body["user_id"]


def should_erase_a_disabled_member_without_a_second_closing() -> None:
    person = _any_full_member()
    member = person["user_id"]
    path = "POST /v1/admin/users/{user_id}/disable"
    reason = {"reason": f"{person['name']} is a fraud"}
    assert as_admin(disable_user, path, member, body=reason).status == 200
    assert _erase(member).status == 202
    _assert_erased(person)
    assert [entry.kind for entry in _chain(member)] == ["adjust", "close"]


def should_erase_a_member_whose_profile_was_never_written() -> None:
    """Registration and confirmation both died after Cognito: there is a token and no profile."""
    member = any_id()
    assert _erase(member).status == 202
    assert _profile(member)["status"] == "erased"
    assert [entry.kind for entry in _chain(member)] == ["close"]


def should_let_no_late_confirmation_bring_a_member_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cognito still knows the address when the confirmation asks, and the erasure comes between."""
    person = any_member()
    member = person["user_id"]
    with monkeypatch.context() as patch:
        patch.setattr(UserPool, "forget", _dies)
        with pytest.raises(Died):
            erase_me.story(_caller(member), open_user_pool(), open_store())
    answer = post(confirm_user, "/users/confirm", code_of(person))
    assert (answer.status, answer.code) == (422, "wrong_code")
    assert open_store().get("users", keys.email(person["email"])) is None
    assert _profile(member)["status"] == "erased"
    assert finish_erasures({}, None) == {"finished": 1}
    _assert_erased(person)


def should_erase_the_reason_of_an_adjustment_that_waits() -> None:
    person = any_member()
    body = {"user_id": person["user_id"], "points": 50_000, "reason": NOTE}
    answer = call("adjust_points", ADMIN, body=body, key=any_id())
    assert (answer.status, answer.body["status"]) == (201, "waiting_approval")
    assert _erase(person["user_id"]).status == 202
    _assert_erased(person)


def should_erase_what_still_waits_beside_the_address_and_nothing_newer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Events kept for the address, which nobody has welcomed yet; then it is somebody else's."""
    person = _any_full_member()
    now, partition = open_store().now(), keys.email(person["email"])["pk"]
    old, new = (keys.waiting(partition, "shop", event) for event in ("old", "new"))
    kept = {**old, "event": f"of {person['email']}", "kept_at": now - 1}
    open_store().transact([put("users", kept)])
    with monkeypatch.context() as patch:
        patch.setattr(UserPool, "forget", _dies)
        with pytest.raises(Died):
            erase_me.story(_caller(person["user_id"]), open_user_pool(), open_store())
    later = {**new, "event": "of whoever comes", "kept_at": open_store().now() + 1000}
    open_store().transact([put("users", later)])
    assert finish_erasures({}, None) == {"finished": 1}
    assert open_store().get("users", old) is None
    assert open_store().get("users", new) is not None
    assert not _owed(person["user_id"])
    open_store().transact([delete("users", new)])
    _assert_erased(person)


def should_keep_the_address_of_whoever_has_it() -> None:
    """A profile that names an address which resolves to somebody else does not take it away."""
    ada, other = any_registered(), any_member()
    profile = {**_profile(ada["user_id"]), "email": other["email"]}
    open_store().transact([put("users", profile)])
    assert _erase(ada["user_id"]).status == 202
    found = open_store().get("users", keys.email(other["email"])) or {}
    assert found["user_id"] == other["user_id"]


def should_refuse_callers_without_a_members_token() -> None:
    answer = ask(erase_me, http_event("DELETE /v1/me"), access="member")
    assert (answer.status, answer.code) == (403, "forbidden")


# --- a death at every line -----------------------------------------------------------------------


def _caller(member: str) -> Identity:
    return Identity(member)


def _dies(*_: object, **__: object) -> None:
    raise Died


def _dying_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Kill the function just before its step-th write to the tables or to Cognito."""
    taken = 0

    def counted(act: Callable[..., object]) -> Callable[..., object]:
        def taking(*args: object, **kwargs: object) -> object:
            nonlocal taken
            if taken == step:
                raise Died
            taken += 1
            return act(*args, **kwargs)

        return taking

    pool = open_user_pool()
    monkeypatch.setattr(Store, "transact", counted(Store.transact))
    for name in ("admin_user_global_sign_out", "admin_delete_user"):
        monkeypatch.setattr(pool._client, name, counted(getattr(pool._client, name)))
    return lambda: taken


_STEPS = 6  # the closing, signing out, deleting the sign-in, address, note, the marker


@pytest.mark.parametrize("again", ["job", "request"])
@pytest.mark.parametrize("step", range(_STEPS))
def should_finish_after_a_death_before_any_step(
    step: int, again: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = _any_full_member()
    member = person["user_id"]
    with monkeypatch.context() as patch:
        taken = _dying_at(step, patch)
        with pytest.raises(Died):
            erase_me.story(_caller(member), open_user_pool(), open_store())
        assert taken() == step
    begun = step > 0
    assert _owed(member) is begun
    assert bool(_chain(member)[-1].after.closed) is begun
    if again == "request" or not begun:
        assert _erase(member).status == 202
    else:
        assert finish_erasures({}, None) == {"finished": 1}
    _assert_erased(person)
    assert [entry.kind for entry in _chain(member)] == ["adjust", "close"]


def should_take_exactly_these_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of the test above: it leaves out no step."""
    member = _any_full_member()["user_id"]
    taken = _dying_at(_STEPS, monkeypatch)
    assert erase_me.story(_caller(member), open_user_pool(), open_store()).status == "erasing"
    assert taken() == _STEPS


@pytest.mark.parametrize("said", ["TooManyRequestsException", "InternalErrorException"])
def should_accept_an_erasure_that_cognito_has_no_time_for(said: str) -> None:
    person = _any_full_member()
    member = person["user_id"]
    with Stubber(open_user_pool()._client) as cognito:
        cognito.add_client_error("admin_user_global_sign_out", said)
        assert _erase(member).status == 202
    assert _owed(member)
    assert finish_erasures({}, None) == {"finished": 1}
    _assert_erased(person)


def should_finish_all_others_when_one_cannot_be_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    people = [_any_full_member() for _ in range(3)]
    forget = UserPool.forget
    with monkeypatch.context() as patch:
        patch.setattr(UserPool, "forget", _dies)
        for person in people:
            with pytest.raises(Died):
                erase_me.story(_caller(person["user_id"]), open_user_pool(), open_store())
    stuck = people[1]["user_id"]

    def forgets_all_but_one(pool: UserPool, member: str) -> None:
        if member == stuck:
            raise Died
        forget(pool, member)

    with monkeypatch.context() as patch:
        patch.setattr(UserPool, "forget", forgets_all_but_one)
        with pytest.raises(RuntimeError, match="1 erasures"):
            finish_erasures({}, None)
    assert [_owed(person["user_id"]) for person in people] == [False, True, False]
    assert finish_erasures({}, None) == {"finished": 1}
    for person in people:
        _assert_erased(person)


def should_be_busy_when_the_table_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    monkeypatch.setattr(open_store()._client, "get_item", silent)
    answer = _erase(any_id())
    assert (answer.status, answer.code) == (503, "busy")
