"""GET /v1/points/entries: the statement, newest first."""

import pytest
from mall.clock import instant

from tests.events import Answer, member_claims
from tests.functional.acts import (
    adjust,
    any_confirmed_member,
    any_member_with,
    any_product,
    call,
    cancel,
    place,
    purchase,
)
from tests.functional.times import NOON


def _list(member: str, **query: str) -> Answer:
    return call("list_entries", member_claims(member), query=query)


def _a_life() -> tuple[str, list[str]]:
    """A member, and the kinds of their entries, newest first."""
    member, product = any_member_with(50), any_product(20)
    order = place(member, product, 20)["order_id"]
    adjust(member, 5)
    cancel(member, order)
    purchase(member, 3)
    place(member, product, 20)
    return member, ["redeem", "earn", "refund", "adjust", "redeem", "earn"]


def _pages(member: str, **query: str) -> list[dict[str, object]]:
    """All entries, page by page."""
    listed: list[dict[str, object]] = []
    while True:
        page = _list(member, **query).body
        listed += page["items"]
        if page["next_cursor"] is None:
            return listed
        query["cursor"] = page["next_cursor"]


def should_show_each_movement_with_the_balance_after_it() -> None:
    member = any_confirmed_member()
    event = purchase(member, 50)
    (entry,) = _list(member).body["items"]
    assert entry == {
        "revision": 1,
        "at": instant(NOON),
        "kind": "earn",
        "points": 50,
        "balance_after": {"available": 50, "pending": 0, "debt": 0},
        "source": {"type": "purchase", "id": event["event_id"]},
        "lots": [{"points": 50, "expires_at": "2027-12-01T00:00:00.000Z"}],
        "hash": entry["hash"],
    }
    assert len(bytes.fromhex(entry["hash"])) == 32


def should_list_nothing_for_a_member_who_never_moved_a_point() -> None:
    answer = _list("nobody yet")
    assert (answer.status, answer.body) == (200, {"items": [], "next_cursor": None})


@pytest.mark.parametrize("limit", [1, 2, 5, 6, 7, 100])
def should_page_through_all_entries_without_gaps_or_repeats(limit: int) -> None:
    member, kinds = _a_life()
    listed = _pages(member, limit=str(limit))
    assert [entry["kind"] for entry in listed] == kinds
    assert [entry["revision"] for entry in listed] == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize("limit", [1, 2, 3])
def should_page_through_one_kind(limit: int) -> None:
    member, _ = _a_life()
    listed = _pages(member, limit=str(limit), kind="redeem")
    assert [(entry["kind"], entry["revision"]) for entry in listed] == [
        ("redeem", 6),
        ("redeem", 2),
    ]
    assert _pages(member, kind="expire") == []


def should_show_each_note_on_its_entry_and_to_its_member_only() -> None:
    one, other = any_confirmed_member(), any_confirmed_member()
    adjust(one, 5, reason="First")
    adjust(other, 5, reason="Not yours")
    purchase(one, 5)
    adjust(one, -5, reason="Second")
    notes = [entry.get("note") for entry in _list(one).body["items"]]
    assert notes == ["Second", None, "First"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("limit", "0"), ("limit", "101"), ("limit", "1.5"), ("kind", "gift"), ("kind", "")],
)
def should_refuse_unacceptable_values_by_field(field: str, value: str) -> None:
    answer = _list(any_confirmed_member(), **{field: value, "cursor": "forged"})
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", [field])


def should_refuse_a_cursor_of_another_member_another_filter_or_another_making() -> None:
    member, other = any_confirmed_member(), any_confirmed_member()
    for points in (1, 2, 3):
        purchase(member, points)
        purchase(other, points)
    cursor = _list(member, limit="1").body["next_cursor"]
    assert _list(member, cursor=cursor).status == 200
    for answer in (
        _list(other, cursor=cursor),
        _list(member, cursor=cursor, kind="earn"),
        _list(member, cursor=cursor[:-2]),
        _list(member, cursor=cursor + "AAAA"),
        _list(member, cursor="not base64 \u00e9!"),
        _list(member, cursor=""),
        call("list_orders", member_claims(member), query={"cursor": cursor}),
        call("list_products", query={"cursor": cursor}),
    ):
        assert (answer.status, answer.code) == (400, "bad_cursor")
