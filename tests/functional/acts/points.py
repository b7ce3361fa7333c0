"""What partners tell of, what admins give and settle, and what members then hold."""

from collections.abc import Mapping
from typing import Any

from mall.clock import Millis, instant
from mall.points.ledger import Grant, credit, open_posting
from mall.points.ledger.entry import Source
from mall.points.ledger.writes import append
from mall.points.program import PROGRAM
from mall.store import open_store
from mall.store.ledger import head

from tests.builders import any_id
from tests.events import Answer, Claims, member_claims
from tests.functional.acts.asking import ADMIN, PARTNER, SECOND_ADMIN, call
from tests.functional.acts.people import any_confirmed_member


def any_member_with(points: int) -> str:
    """The id of a member who has earned so many points just now."""
    member = any_confirmed_member()
    purchase(member, points)
    return member


def any_purchase(member: str, points: int = 100, **changed: object) -> dict[str, Any]:
    """A purchase event that is worth so many points, having happened just now."""
    return {
        "event_id": any_id(),
        "type": "purchase",
        "member": {"user_id": member},
        "occurred_at": instant(open_store().now()),
        "currency": "USD",
        "lines": [{"quantity": 1, "amount": points * 100}],
    } | changed


def any_refund(purchase: Mapping[str, Any], amount: int | None = None) -> dict[str, Any]:
    """A refund of a purchase: of all of it, or of an amount in minor units."""
    refund = {
        "event_id": any_id(),
        "type": "purchase_refunded",
        "member": purchase["member"],
        "occurred_at": instant(open_store().now()),
        "refunds_event_id": purchase["event_id"],
    }
    lines = [{"quantity": 1, "amount": amount}]
    return refund | ({"currency": "USD", "lines": lines} if amount else {})


def record(event: Mapping[str, Any], claims: Claims = PARTNER, key: str | None = None) -> Answer:
    """What a partner is answered who tells of an event."""
    return call("record_event", claims, body=event, key=key)


def purchase(member: str, points: int, **changed: object) -> dict[str, Any]:
    """A purchase that was recorded."""
    event = any_purchase(member, points, **changed)
    answer = record(event)
    assert (answer.status, answer.body["points"]) == (202, points), answer.body
    return event


def give(member: str, points: int) -> None:
    """Let a member hold points, however many, that no rule gave and nobody approved."""
    store = open_store()
    posting = open_posting(member, head(store, member), store.now())
    grant, source = Grant(PROGRAM.lot(posting.at)), Source("adjustment", any_id())
    credit(posting, "adjust", points, grant, source)
    store.transact(append(posting))


def adjust(member: str, points: int, reason: str = "a mistake") -> dict[str, Any]:
    """An adjustment that was made; by two admins where one is not enough."""
    body = {"user_id": member, "points": points, "reason": reason}
    answer = call("adjust_points", ADMIN, body=body, key=any_id())
    assert answer.status == 201, answer.body
    adjustment: dict[str, Any] = answer.body
    if adjustment["status"] == "waiting_approval":
        path = {"adjustment_id": adjustment["adjustment_id"]}
        approved = call("approve_adjustment", SECOND_ADMIN, path=path)
        assert approved.status == 200, approved.body
        adjustment = approved.body
    return adjustment


def set_program(**settings: object) -> dict[str, Any]:
    """The program with these settings and defaults beside them, in force everywhere."""
    answer = call("set_program", ADMIN, body=settings)
    if answer.status == 202:
        version = {"version": answer.body["proposal_version"]}
        answer = call("approve_program", SECOND_ADMIN, body=version)
    assert answer.status == 200, answer.body
    program: dict[str, Any] = answer.body
    return program


def any_waiting_version() -> int:
    """A change of the program's money terms that waits for another admin than its author."""
    body = {"discounts": {"points": 100, "worth": 100}}
    answer = call("set_program", SECOND_ADMIN, body=body)
    assert answer.status == 202, answer.body
    version: int = answer.body["proposal_version"]
    return version


def any_waiting_adjustment(member: str) -> str:
    """An adjustment that waits for another admin than the one who asked."""
    body = {"user_id": member, "points": 10**9, "reason": "a mistake"}
    answer = call("adjust_points", SECOND_ADMIN, body=body, key=any_id())
    assert answer.body["status"] == "waiting_approval", answer.body
    adjustment: str = answer.body["adjustment_id"]
    return adjustment


def balance(member: str, at: Millis | None = None) -> dict[str, Any]:
    """What a member holds."""
    query = None if at is None else {"at": instant(at)}
    answer = call("get_balance", member_claims(member), query=query)
    assert answer.status == 200, answer.body
    shown: dict[str, Any] = answer.body
    return shown


def available(member: str) -> int:
    """What a member can spend."""
    points: int = balance(member)["available"]
    return points


def statement(member: str) -> list[dict[str, Any]]:
    """A member's entries, oldest first; the chain holds when it is verified."""
    verdict = call("verify_ledger", ADMIN, path={"user_id": member})
    assert verdict.body["valid"], verdict.body
    answer = call("list_entries", member_claims(member), query={"limit": "100"})
    assert answer.status == 200, answer.body
    return list(reversed(answer.body["items"]))


def kinds(member: str) -> list[tuple[str, int]]:
    """Kind and points of a member's entries, oldest first."""
    return [(entry["kind"], entry["points"]) for entry in statement(member)]


def any_statement_request() -> dict[str, str]:
    """A request for the entries of today."""
    day = instant(open_store().now())[:10]
    return {"from": day, "until": day}


def any_statement() -> str:
    """The id of a statement of the program that was asked for."""
    answer = call("start_statement", ADMIN, body=any_statement_request(), key=any_id())
    assert answer.status == 202, answer.body
    statement: str = answer.body["statement_id"]
    return statement
