"""POST /v1/admin/users/{user_id}/disable and .../enable."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber
from mall import keys
from mall.errors import AccountClosed
from mall.http import Identity
from mall.identity import UserPool, open_user_pool
from mall.points import ledger
from mall.points.ledger.entry import NEVER, Entry, Source
from mall.store import Store, open_store
from mall.store.ledger import entries, head
from mall.users import DisableUserRequest

from functions.users.confirm_user import confirm_user
from functions.users.disable_user import disable_user
from functions.users.enable_user import enable_user
from functions.users.erase_me import erase_me
from functions.users.log_in import log_in
from functions.users.refresh_session import refresh_session
from tests.builders import any_id
from tests.events import Answer
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

REASON = {"reason": "bought with a stolen card"}


class Died(Exception):
    """The function was killed here."""


def _disable(member: str, body: object = REASON, admin: str = "the-admin") -> Answer:
    route = "POST /v1/admin/users/{user_id}/disable"
    return as_admin(disable_user, route, member, admin=admin, body=body)


def _enable(member: str, admin: str = "the-admin") -> Answer:
    return as_admin(enable_user, "POST /v1/admin/users/{user_id}/enable", member, admin=admin)


def _any_disabled() -> dict[str, Any]:
    person = any_member()
    assert _disable(person["user_id"]).status == 200
    return person


def _log_in(person: dict[str, Any]) -> Answer:
    return post(log_in, "/sessions", {"email": person["email"], "password": PASSWORD})


def _chain(member: str) -> list[tuple[str, str]]:
    """Kind and actor of each entry."""
    return [(entry.kind, entry.actor) for entry in entries(open_store(), member)]


def _head(member: str) -> Entry:
    newest = head(open_store(), member)
    assert newest
    return newest


def _profile(member: str) -> dict[str, Any]:
    return open_store().get("users", keys.profile(member)) or {}


def _is_enabled(member: str) -> bool:
    pool = open_user_pool()
    user = pool._client.admin_get_user(UserPoolId=pool._pool_id, Username=member)
    return bool(user["Enabled"])


def should_close_the_account_and_let_nobody_in() -> None:
    """Case 84: what the ledger is asked after it is refused."""
    person = any_member()
    member, session = person["user_id"], any_session(person)
    answer = _disable(member)
    assert (answer.status, answer.body) == (200, {"user_id": member, "status": "disabled"})
    assert _chain(member) == [("close", "the-admin")]
    posting = ledger.open_posting(member, _head(member), open_store().now())
    with pytest.raises(AccountClosed):
        ledger.credit(posting, "earn", 1, ledger.Grant(NEVER), Source("purchase", any_id()))
    assert _log_in(person).code == "wrong_credentials"
    body = {"refresh_token": session["refresh_token"]}
    assert post(refresh_session, "/sessions/refresh", body).code == "wrong_credentials"


def should_keep_by_whom_and_why_and_forget_it_when_enabled() -> None:
    member = any_member()["user_id"]
    _disable(member)
    noted = _profile(member)
    assert (noted["disabled_by"], noted["disabled_reason"]) == ("the-admin", REASON["reason"])
    assert noted["status"] == "confirmed"
    _enable(member)
    assert [name for name in _profile(member) if name.startswith("disabled")] == []


def should_let_a_member_in_again_as_before() -> None:
    person = _any_disabled()
    member = person["user_id"]
    answer = _enable(member, admin="another-admin")
    assert (answer.status, answer.body) == (200, {"user_id": member, "status": "confirmed"})
    assert _chain(member) == [("close", "the-admin"), ("reopen", "another-admin")]
    assert not _head(member).after.closed
    assert _log_in(person).status == 200


def should_change_nothing_the_second_time() -> None:
    member = any_member()["user_id"]
    for act, kinds in ((_disable, ["close"]), (_enable, ["close", "reopen"])):
        first = act(member)
        before = everything_written(member)
        assert (act(member).body, everything_written(member)) == (first.body, before)
        assert [kind for kind, _ in _chain(member)] == kinds


def should_enable_whoever_is_not_disabled_without_an_entry() -> None:
    member = any_member()["user_id"]
    assert _enable(member).body["status"] == "confirmed"
    assert _chain(member) == []


def should_disable_somebody_who_has_not_confirmed() -> None:
    person = any_registered()
    assert _disable(person["user_id"]).body["status"] == "disabled"
    assert post(confirm_user, "/users/confirm", code_of(person)).code == "wrong_code"
    assert _enable(person["user_id"]).body["status"] == "unconfirmed"
    assert post(confirm_user, "/users/confirm", code_of(person)).status == 204


# --- refusals, in the order of their precedence --------------------------------------------------


@pytest.mark.parametrize("body", [None, {}, {"reason": ""}, {"reason": 7}, {"reason": "x" * 121}])
def should_refuse_to_disable_without_a_reason(body: object) -> None:
    member = any_member()["user_id"]
    answer = _disable(member, body=body)
    assert (answer.status, answer.code) == (422, "invalid")
    assert _chain(member) == []


def should_refuse_a_body_that_cannot_be_read() -> None:
    answer = _disable(any_id(), body='{"reason": ')
    assert (answer.status, answer.code) == (400, "malformed")


@pytest.mark.parametrize("act", [_disable, _enable])
def should_refuse_ids_that_are_none(act: Callable[..., Answer]) -> None:
    answer = act("no id")
    assert (answer.status, answer.code) == (422, "invalid")


@pytest.mark.parametrize("act", [_disable, _enable])
def should_refuse_to_switch_oneself(act: Callable[..., Answer]) -> None:
    """A disabled admin's token lives on for minutes: it opens no account again."""
    member = any_member()["user_id"]
    answer = act(member, admin=member)
    assert (answer.status, answer.code) == (403, "forbidden")
    assert _chain(member) == []


@pytest.mark.parametrize("act", [_disable, _enable])
def should_know_nobody_without_a_profile(act: Callable[..., Answer]) -> None:
    nobody = any_id()
    assert (act(nobody).status, act(nobody).code) == (404, "not_found")
    assert everything_written(nobody) == ""


@pytest.mark.parametrize("act", [_disable, _enable])
def should_leave_an_erased_member_erased(act: Callable[..., Answer]) -> None:
    member = any_member()["user_id"]
    assert by_member(erase_me, "DELETE /v1/me", member).status == 202
    before = everything_written(member)
    assert (act(member).status, act(member).code) == (409, "erased")
    assert everything_written(member) == before


@pytest.mark.parametrize(("act", "call"), [(_disable, "disable"), (_enable, "enable")])
@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ("TooManyRequestsException", 429, "rate_limited"),
        ("InternalErrorException", 503, "busy"),
        ("SomethingNewException", 500, "internal"),
    ],
)
def should_say_that_cognito_did_not_follow(
    act: Callable[..., Answer], call: str, said: str, status: int, code: str
) -> None:
    member = any_member()["user_id"]
    with Stubber(open_user_pool()._client) as cognito:
        cognito.add_client_error(f"admin_{call}_user", said)
        answer = act(member)
    assert (answer.status, answer.code) == (status, code)
    assert act(member).status == 200


@pytest.mark.parametrize("act", [_disable, _enable])
def should_be_busy_when_the_table_does_not_answer(
    act: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    monkeypatch.setattr(open_store()._client, "get_item", silent)
    assert act(any_id()).code == "busy"


# --- deaths and rivals ---------------------------------------------------------------------------


def _story(act: Callable[..., Answer], member: str) -> None:
    admin = Identity("the-admin", frozenset({"admin"}))
    if act is _disable:
        request = DisableUserRequest(reason="for a test")
        disable_user.story(request, member, admin, open_user_pool(), open_store())
    else:
        enable_user.story(member, admin, open_user_pool(), open_store())


@pytest.mark.parametrize("act", [_disable, _enable])
def should_close_and_open_in_the_ledger_before_cognito_hears_of_it(
    act: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A death between the two leaves an account that moves nothing, or a member who waits."""

    def dies(*_: object) -> None:
        raise Died

    disabling = act is _disable
    person = any_member() if disabling else _any_disabled()
    member = person["user_id"]
    with monkeypatch.context() as patch:
        patch.setattr(UserPool, "disable", dies)
        patch.setattr(UserPool, "enable", dies)
        with pytest.raises(Died):
            _story(act, member)
    assert _head(member).after.closed is disabling
    assert _is_enabled(member) is disabling
    assert act(member).status == 200
    assert _is_enabled(member) is not disabling
    assert len(_chain(member)) == (1 if disabling else 2)


@pytest.mark.parametrize("act", [_disable, _enable])
def should_let_cognito_follow_the_ledger_when_a_rival_turns_it_meanwhile(
    act: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the entry and the call to Cognito, the other admin does the opposite, wholly."""
    disabling = act is _disable
    member = (any_member() if disabling else _any_disabled())["user_id"]
    call = "disable" if disabling else "enable"
    speak = getattr(UserPool, call)
    met = False

    def meets(pool: UserPool, who: str) -> None:
        nonlocal met
        if not met:
            met = True
            _story(_enable if disabling else _disable, member)
        speak(pool, who)

    monkeypatch.setattr(UserPool, call, meets)
    assert act(member).body["status"] == ("confirmed" if disabling else "disabled")
    assert _head(member).after.closed is not disabling
    assert _is_enabled(member) is disabling


def should_be_busy_when_rivals_never_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    member = any_member()["user_id"]
    get, turn = Store.get, 0

    def turning(store: Store, table: keys.Table, key: keys.Key) -> dict[str, Any] | None:
        nonlocal turn
        found = get(store, table, key)
        turn += 1
        if found and turn % 2:
            return {**found, "disabled_at": 1}
        return found

    monkeypatch.setattr(Store, "get", turning)
    assert _enable(member).code == "busy"
