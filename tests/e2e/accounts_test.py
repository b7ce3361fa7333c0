"""Accounts: sessions, profile and passwords; disabled and enabled again; erased for good."""

import json
from functools import partial

from tests.e2e import aws, mall
from tests.e2e.mall import (
    PASSWORD,
    RESET_CODE,
    Client,
    admin,
    any_email,
    any_key,
    any_member,
    eventually,
    give_points,
    member_of,
    member_with,
    partner,
    purchase_of,
)


def should_go_on_with_a_session_until_it_is_ended() -> None:
    """A refreshed token works; after the log-out the session cannot be gone on with."""
    email = any_email()
    member_of(email)
    tokens = Client().told("POST", "/sessions", {"email": email, "password": PASSWORD})
    again = {"refresh_token": tokens["refresh_token"]}
    member = Client(Client().told("POST", "/sessions/refresh", again)["access_token"])
    changed = member.told("PATCH", "/me", {"name": "Ada L.", "locale": "en-GB"})
    assert (changed["name"], changed["locale"]) == ("Ada L.", "en-GB")
    assert member.told("GET", "/me") == changed
    assert member.refused("PATCH", "/me", {}) == (422, "invalid")
    member.told("DELETE", "/sessions")
    assert Client().refused("POST", "/sessions/refresh", again) == (401, "wrong_credentials")


def should_set_a_new_password_with_the_mailed_code() -> None:
    """The old one is worth nothing then; who is unknown is answered alike."""
    email = any_email()
    member_of(email)
    for address in (email, any_email()):
        Client().told("POST", "/passwords/forgot", {"email": address})
    reset = {"email": email, "password": "Another-horse-8"}
    wrong = Client().refused("POST", "/passwords/reset", {**reset, "code": "000000"})
    assert wrong == (422, "wrong_code")
    Client().told("POST", "/passwords/reset", {**reset, "code": RESET_CODE})
    old = {"email": email, "password": PASSWORD}
    assert Client().refused("POST", "/sessions", old) == (401, "wrong_credentials")
    mall.log_in(email, "Another-horse-8")


# --- disabled ------------------------------------------------------------------------------------


def should_move_nothing_in_a_disabled_account_until_it_is_enabled() -> None:
    """A token that is still alive moves nothing, nor does a partner; nobody logs in."""
    email = any_email()
    member, user_id = member_of(email)
    give_points(user_id, 100)
    path = f"/admin/users/{user_id}"
    for _ in range(2):
        account = admin().told("POST", f"{path}/disable", {"reason": "A stolen card"})
        assert account == {"user_id": user_id, "status": "disabled"}
    closed = (403, "account_closed")
    assert member.refused("POST", "/points/check-ins") == closed
    assert partner().refused("POST", "/events", purchase_of(5, user_id=user_id)) == closed
    refused = Client().ask("POST", "/sessions", {"email": email, "password": PASSWORD})
    assert refused.status_code in (401, 403)
    assert admin().told("GET", f"/admin/points/{user_id}/balance")["available"] == 100
    for _ in range(2):
        account = admin().told("POST", f"{path}/enable")
        assert account == {"user_id": user_id, "status": "confirmed"}
    mall.log_in(email).told("POST", "/points/check-ins")
    kinds = [entry["kind"] for entry in member.told("GET", "/points/entries")["items"]]
    assert kinds == ["check_in", "reopen", "close", "earn"]
    assert admin().told("GET", f"/admin/points/{user_id}/verify") == {"valid": True, "entries": 4}


def should_not_let_admins_close_themselves_or_nobody() -> None:
    """Nor can it be done without saying why."""
    me = admin().told("GET", "/me")["user_id"]
    why = {"reason": "A try"}
    assert admin().refused("POST", f"/admin/users/{me}/disable", why) == (403, "forbidden")
    assert admin().refused("POST", f"/admin/users/{me}/enable") == (403, "forbidden")
    assert admin().refused("POST", "/admin/users/nobody/disable", why) == (404, "not_found")
    assert admin().refused("POST", "/admin/users/nobody/enable") == (404, "not_found")
    assert admin().refused("POST", f"/admin/users/{me}/disable", {}) == (422, "invalid")


# --- erased --------------------------------------------------------------------------------------


def _named_in(*words: str) -> list[str]:
    """Tables that hold any of these words, whatever the case."""
    texts = {name: json.dumps(aws.table(name), default=repr).lower() for name in _TABLES}
    return [name for name, text in texts.items() if any(word.lower() in text for word in words)]


_TABLES = ("users", "points", "orders", "catalog")


def should_leave_nothing_of_whom_is_erased() -> None:
    """77: name, address and notes are nowhere; the chain stands, and a live token moves nothing."""
    email = any_email()
    name = f"Ada {any_key()}"
    member, user_id = member_of(email, name)
    friend, _ = member_with(50)
    gift = {"to_email": email, "points": 20}
    friend.told("POST", "/points/transfers", gift, key=any_key())
    reason = {"user_id": user_id, "points": 5, "reason": f"Sorry, {name}"}
    admin().told("POST", "/admin/points/adjustments", reason, key=any_key())
    assert _named_in(email, name) == ["users"]

    assert member.told("DELETE", "/me") == {"user_id": user_id, "status": "erasing"}
    closed = (403, "account_closed")
    assert member.refused("POST", "/points/check-ins") == closed
    assert member.refused("POST", "/points/transfers", gift, key=any_key())[0] in (403, 404)
    assert member.refused("GET", "/me") == (404, "not_found")
    eventually(partial(_named_in, email, name), lambda found: not found)

    shown = admin().told("GET", f"/admin/points/{user_id}/balance")
    assert shown["available"] == 25
    assert admin().told("GET", f"/admin/points/{user_id}/verify") == {"valid": True, "entries": 3}
    path = f"/admin/users/{user_id}"
    assert admin().refused("POST", f"{path}/enable") == (409, "erased")
    assert admin().refused("POST", f"{path}/disable", {"reason": "A try"}) == (409, "erased")
    body = {"email": email, "password": PASSWORD}
    assert Client().refused("POST", "/sessions", body) == (401, "wrong_credentials")
    _, new_id = member_of(email)
    assert new_id != user_id


def should_have_no_erasure_left_to_finish() -> None:
    """The hourly job runs with its own role on the deployed stack."""
    member, _ = any_member()
    member.told("DELETE", "/me")
    assert aws.run("finish_erasures") == {"finished": 0}
