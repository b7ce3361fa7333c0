"""The program's settings: read, changed, and where money is concerned, agreed to by two."""

from typing import Any

from tests.e2e.mall import admin, any_key, any_member, approver, checkout
from tests.e2e.operating import settings

_PROGRAM = "/admin/program"
_DISCOUNTS = {"points": 100, "worth": 50}


def _propose() -> int:
    """A change of money terms that waits."""
    change = admin().told("PUT", _PROGRAM, settings() | {"discounts": _DISCOUNTS})
    assert (change["status"], change["discounts"]) == ("waiting_approval", None)
    version: int = change["proposal_version"]
    return version


def _newest() -> dict[str, Any]:
    version: dict[str, Any] = admin().told("GET", f"{_PROGRAM}/versions", limit=1)["items"][0]
    return version


def should_change_nothing_where_nothing_differs_and_refuse_what_cannot_be() -> None:
    """The document in force again keeps its version; a fault is named by its field."""
    before = admin().told("GET", _PROGRAM)
    again = admin().told("PUT", _PROGRAM, before)
    assert (again["status"], again["version"]) == ("applied", before["version"])
    stale = before | {"version": before["version"] + 1, "grace_days": 31}
    refused = admin().ask("PUT", _PROGRAM, stale)
    assert (refused.status_code, refused.json()["code"]) == (409, "version_changed")
    assert refused.json()["version"] == before["version"]
    wrong = admin().ask("PUT", _PROGRAM, settings() | {"zone": "Mars/Olympus"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "zone")
    assert admin().told("GET", _PROGRAM) == before


def should_let_money_terms_wait_for_another_admin() -> None:
    """Its author cannot approve it, and may take it back; the list shows what became of it."""
    version = _propose()
    asked = {"version": version}
    assert _propose() == version
    assert admin().refused("POST", f"{_PROGRAM}/approve", asked) == (403, "forbidden")
    shown = _newest()
    assert (shown["version"], shown["status"]) == (version, "waiting_approval")
    assert shown["before"] == {"discounts": None}
    assert admin().told("POST", f"{_PROGRAM}/reject", asked)["status"] == "rejected"
    assert _newest()["status"] == "rejected"
    refusal = approver().refused("POST", f"{_PROGRAM}/approve", asked)
    assert refusal == (409, "already_decided")
    for decision in ("approve", "reject"):
        refusal = approver().refused("POST", f"{_PROGRAM}/{decision}", {"version": 999_999})
        assert refusal == (404, "not_found")
    assert admin().refused("GET", f"{_PROGRAM}/versions", cursor="none") == (400, "bad_cursor")


def should_offer_no_discount_before_two_have_agreed() -> None:
    """While the terms wait, points are worth nothing at a checkout."""
    member, user_id = any_member()
    asked = {"version": _propose()}
    cart = {"member": {"user_id": user_id}, "cart_id": any_key(), "amount": 100, "currency": "USD"}
    refused = (409, "not_offered")
    assert member.refused("POST", "/points/discount-codes") == refused
    assert checkout().refused("POST", "/points/discounts/quote", cart) == refused
    admin().told("POST", f"{_PROGRAM}/reject", asked)
