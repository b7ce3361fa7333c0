"""What members do with one another and day by day: check-ins, transfers, invitations."""

from typing import Any

from tests.e2e.mall import (
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
from tests.e2e.operating import program, settings


def _valid(user_id: str) -> bool:
    valid: bool = admin().told("GET", f"/admin/points/{user_id}/verify")["valid"]
    return valid


# --- check-ins -----------------------------------------------------------------------------------


def should_check_in_once_a_day() -> None:
    """71: the second one of a day gives nothing; the month shows the day."""
    member, user_id = any_member()
    before = member.told("GET", "/points/check-ins")
    done = member.told("POST", "/points/check-ins")
    assert (done["streak"], done["points"]) == (1, before["cycle"][0])
    again = member.ask("POST", "/points/check-ins")
    assert (again.status_code, again.json()["code"]) == (409, "already_checked_in")
    assert again.json()["date"] == done["date"]
    month = member.told("GET", "/points/check-ins", month=done["date"][:7])
    assert (month["days"], month["streak"]) == ([done["date"]], 1)
    assert member.told("GET", "/points/balance")["available"] == done["points"]
    assert member.refused("GET", "/points/check-ins", month="2026-13") == (422, "invalid")
    assert _valid(user_id)


# --- transfers -----------------------------------------------------------------------------------


def should_transfer_points_once_with_their_expiry() -> None:
    """Both legs stand, chained on both sides; the same key gives nothing more."""
    giver, giver_id = member_with(300)
    email = any_email()
    receiver, receiver_id = member_of(email)
    body = {"to_email": email, "points": 120, "note": "For the concert"}
    key = any_key()
    done = giver.told("POST", "/points/transfers", body, key=key)
    again = giver.ask("POST", "/points/transfers", body, key=key)
    assert (again.status_code, again.json()) == (201, done)
    assert again.headers["Idempotent-Replayed"] == "true"
    given = giver.told("GET", "/points/entries", kind="transfer_out")["items"]
    received = receiver.told("GET", "/points/entries", kind="transfer_in")["items"]
    assert [entry["points"] for entry in (*given, *received)] == [-120, 120]
    assert given[0]["note"] == received[0]["note"] == "For the concert"
    assert given[0]["source"] == received[0]["source"]
    assert given[0]["lots"][0]["expires_at"] == received[0]["lots"][0]["expires_at"]
    assert giver.told("GET", "/points/balance")["available"] == 180
    assert _valid(giver_id)
    assert _valid(receiver_id)


def should_refuse_transfers_that_cannot_be() -> None:
    """To oneself, to nobody, more than there is, more than a day allows, without a key."""
    limit = settings()["transfers"]["daily_limit"]
    own, other = any_email(), any_email()
    giver, giver_id = member_of(own)
    member_of(other)
    give_points(giver_id, limit + 1)
    for to_email, points, refusal in (
        (own, 5, (409, "own_account")),
        (any_email(), 5, (404, "not_found")),
        (other, limit + 2, (409, "insufficient_points")),
        (other, limit + 1, (409, "daily_limit_reached")),
        (other, 0, (422, "invalid")),
    ):
        body = {"to_email": to_email, "points": points}
        assert giver.refused("POST", "/points/transfers", body, key=any_key()) == refusal
    body = {"to_email": other, "points": 1}
    assert giver.refused("POST", "/points/transfers", body) == (400, "idempotency_key_required")
    assert giver.told("GET", "/points/balance")["revision"] == 1


# --- invitations ---------------------------------------------------------------------------------


def _invite_of(member: Client) -> dict[str, Any]:
    referral: dict[str, Any] = member.told("GET", "/points/referral")
    return referral


def _why_not(member: Client, code: str) -> str:
    answer = member.ask("POST", "/points/referrals", {"invite_code": code})
    assert (answer.status_code, answer.json()["code"]) == (409, "referral_rejected")
    reason: str = answer.json()["reason"]
    return reason


def should_reward_both_for_the_first_purchase_that_counts() -> None:
    """A small one rewards nobody, the first large one both, the next one nobody again."""
    terms = settings()["referral"]
    inviter, inviter_id = any_member()
    guest, guest_id = any_member()
    code = _invite_of(inviter)["invite_code"]
    assert _why_not(inviter, code) == "own_code"
    assert _why_not(guest, "AAAAAAAAAA") == "unknown_code"
    for _ in range(2):
        accepted = guest.told("POST", "/points/referrals", {"invite_code": code.lower()})
        assert accepted == {"status": "accepted"}
    needed = terms["minimum_amount"] // 100
    for dollars in (1, needed, needed):
        partner().told("POST", "/events", purchase_of(dollars, user_id=guest_id))
    earned = 1 + 2 * needed + terms["referred_points"]
    assert guest.told("GET", "/points/balance")["available"] == earned
    assert inviter.told("GET", "/points/balance")["available"] == terms["referrer_points"]
    assert _invite_of(inviter) | {"invite_code": ""} == {
        "invite_code": "",
        "invited": 1,
        "rewarded": 1,
        "referred_by": False,
    }
    assert _why_not(inviter, _invite_of(guest)["invite_code"]) == "circular"
    assert _valid(inviter_id)
    assert _valid(guest_id)


# --- events of somebody unknown ------------------------------------------------------------------


def should_keep_an_event_until_its_member_appears() -> None:
    """It waits by its address and is granted, once, to whoever confirms that; or it is refused."""
    email = any_email()
    event = purchase_of(90, email=email)
    assert partner().refused("POST", "/events", event) == (404, "not_found")
    with program(unknown_members="keep"):
        statuses = [partner().told("POST", "/events", event)["status"] for _ in range(2)]
    assert statuses == ["waiting", "duplicate"]
    member, user_id = member_of(email)
    eventually(
        lambda: member.told("GET", "/points/balance"), lambda balance: balance["available"] == 90
    )
    assert partner().told("POST", "/events", event)["status"] == "duplicate"
    assert admin().told("GET", f"/admin/points/{user_id}/verify") == {"valid": True, "entries": 1}
