"""Points moved by hand: small ones at once, large ones by two admins, and both seen by admins."""

from typing import Any

from tests.e2e.mall import Client, admin, any_key, any_member, approver, member_with

_ADJUSTMENTS = "/admin/points/adjustments"
_TOO_MANY_FOR_ONE = 10_001


def _adjust(user_id: str, points: int, key: str = "") -> dict[str, Any]:
    body = {"user_id": user_id, "points": points, "reason": "The parcel was late"}
    adjustment: dict[str, Any] = admin().told("POST", _ADJUSTMENTS, body, key=key or any_key())
    return adjustment


def _listed(status: str) -> list[str]:
    page = admin().told("GET", _ADJUSTMENTS, status=status, limit=100)
    return [adjustment["adjustment_id"] for adjustment in page["items"]]


def should_adjust_once_and_say_why_to_member_and_admin() -> None:
    """The reason stands in the statement; the same key moves nothing again."""
    member, user_id = member_with(100)
    key = any_key()
    first, again = _adjust(user_id, -30, key), _adjust(user_id, -30, key)
    assert first == again
    assert (first["status"], first["revision"]) == ("applied", 2)
    shown = admin().told("GET", f"/admin/points/{user_id}/balance")
    assert shown["available"] == 70 == member.told("GET", "/points/balance")["available"]
    entries = admin().told("GET", f"/admin/points/{user_id}/entries", kind="adjust")["items"]
    assert [(entry["points"], entry["note"]) for entry in entries] == [(-30, "The parcel was late")]
    assert entries == member.told("GET", "/points/entries", kind="adjust")["items"]


def should_refuse_adjustments_that_cannot_be() -> None:
    """Below nothing, of nobody, of oneself, without a key; and nobody's account is shown."""
    _, user_id = member_with(100)
    me = admin().told("GET", "/me")["user_id"]
    for who, points, refusal in (
        (user_id, -101, (409, "insufficient_points")),
        ("nobody", 5, (404, "not_found")),
        (me, 5, (403, "forbidden")),
    ):
        body = {"user_id": who, "points": points, "reason": "A try"}
        assert admin().refused("POST", _ADJUSTMENTS, body, key=any_key()) == refusal
    body = {"user_id": user_id, "points": 5, "reason": "A try"}
    assert admin().refused("POST", _ADJUSTMENTS, body) == (400, "idempotency_key_required")
    assert admin().refused("GET", _ADJUSTMENTS, status="lost") == (422, "invalid")
    for what in ("balance", "entries", "verify"):
        assert admin().refused("GET", f"/admin/points/nobody/{what}") == (404, "not_found")


def should_let_two_admins_decide_on_a_large_one() -> None:
    """78: it waits, not for the one who asked; then it is applied once."""
    member, user_id = any_member()
    adjustment = _adjust(user_id, _TOO_MANY_FOR_ONE)
    assert adjustment["status"] == "waiting_approval"
    assert member.told("GET", "/points/balance")["revision"] == 0
    assert adjustment["adjustment_id"] in _listed("waiting_approval")
    path = f"{_ADJUSTMENTS}/{adjustment['adjustment_id']}"
    for decision in ("approve", "reject"):
        assert admin().refused("POST", f"{path}/{decision}") == (403, "forbidden")
    applied = [approver().told("POST", f"{path}/approve") for _ in range(2)]
    assert [each["revision"] for each in applied] == [1, 1]
    assert member.told("GET", "/points/balance")["available"] == _TOO_MANY_FOR_ONE
    assert approver().refused("POST", f"{path}/reject") == (409, "already_decided")
    assert adjustment["adjustment_id"] in _listed("applied")


def should_drop_what_another_admin_rejects() -> None:
    """Nothing moves, and it stays rejected."""
    member, user_id = any_member()
    adjustment_id = _adjust(user_id, _TOO_MANY_FOR_ONE)["adjustment_id"]
    path = f"{_ADJUSTMENTS}/{adjustment_id}"
    assert approver().told("POST", f"{path}/reject")["status"] == "rejected"
    assert approver().refused("POST", f"{path}/approve") == (409, "already_decided")
    assert adjustment_id in _listed("rejected")
    assert member.told("GET", "/points/balance")["revision"] == 0
    _unknown(approver())


def _unknown(caller: Client) -> None:
    for decision in ("approve", "reject"):
        path = f"{_ADJUSTMENTS}/aaaaaaaaaaaaaaaaaaaaaaaaaa/{decision}"
        assert caller.refused("POST", path) == (404, "not_found")
