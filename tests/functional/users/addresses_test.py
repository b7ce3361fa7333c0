"""A member's address book: reading, adding, changing, deleting, and what an erasure leaves."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from mall import keys
from mall.store import Store, open_store
from mall.users.addresses import ADDRESSES_MAX, sent_to

from functions.users.change_address import change_address
from functions.users.create_address import create_address
from functions.users.delete_address import delete_address
from functions.users.erase_me import erase_me
from functions.users.list_addresses import list_addresses
from tests.builders import any_id
from tests.events import Answer, ask, http_event, member_claims
from tests.functional.acts import any_address, any_address_request, call
from tests.functional.users.people import any_member, by_member

HANDLERS = [create_address, change_address, delete_address, list_addresses]


def _member() -> str:
    member: str = any_member()["user_id"]
    return member


def _add(member: str, **changed: object) -> Answer:
    return call("create_address", member_claims(member), body=any_address_request(**changed))


def _change(member: str, address: str, **changed: object) -> Answer:
    body, path = any_address_request(**changed), {"address_id": address}
    return call("change_address", member_claims(member), body=body, path=path)


def _delete(member: str, address: str) -> Answer:
    return call("delete_address", member_claims(member), path={"address_id": address})


def _list(member: str, **query: str) -> dict[str, Any]:
    answer = call("list_addresses", member_claims(member), query=query)
    assert answer.status == 200, answer.body
    page: dict[str, Any] = answer.body
    return page


def _book(member: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = _list(member, limit="100")["items"]
    return items


def _stored(member: str) -> list[dict[str, Any]]:
    """Whatever stands under a member."""
    everything = {"pk": keys.person(member)}
    return list(open_store().query_all("users", "#pk = :pk", everything, consistent=True))


def should_show_what_was_added_and_leave_out_what_was_not_said() -> None:
    member = _member()
    assert _book(member) == []
    request = any_address_request()
    answer = call("create_address", member_claims(member), body=request)
    assert answer.status == 201
    assert answer.body == {"address_id": answer.body["address_id"], **request}
    fuller = any_address_request(line2="Flat 4", region="Nottinghamshire")
    other = call("create_address", member_claims(member), body=fuller)
    assert other.body == {"address_id": other.body["address_id"], **fuller}
    shown = sorted([answer.body, other.body], key=lambda address: str(address["address_id"]))
    assert _book(member) == shown


def should_put_another_address_in_the_place_of_one() -> None:
    member = _member()
    address = any_address(member, line2="Flat 4")
    request = any_address_request(country="DE")
    path = {"address_id": address}
    for _ in range(2):
        answer = call("change_address", member_claims(member), body=request, path=path)
        assert (answer.status, answer.body) == (200, {"address_id": address, **request})
    assert _book(member) == [answer.body]


def should_delete_one_and_keep_the_others() -> None:
    member = _member()
    gone, kept = any_address(member), any_address(member)
    assert (_delete(member, gone).status, _delete(member, gone).status) == (204, 404)
    assert [address["address_id"] for address in _book(member)] == [kept]


def should_page_through_the_book_and_take_no_cursor_of_another_member() -> None:
    member, other = _member(), _member()
    added = {any_address(member) for _ in range(3)}
    first = _list(member, limit="2")
    second = _list(member, limit="2", cursor=first["next_cursor"])
    assert second["next_cursor"] is None
    pages = [*first["items"], *second["items"]]
    assert {address["address_id"] for address in pages} == added
    for cursor in (first["next_cursor"], "forged"):
        claims = member_claims(other if cursor != "forged" else member)
        answer = call("list_addresses", claims, query={"cursor": cursor})
        assert (answer.status, answer.code) == (400, "bad_cursor")


def should_refuse_a_page_or_an_id_that_cannot_be() -> None:
    member = _member()
    for limit in ("0", "101", "x"):
        answer = call("list_addresses", member_claims(member), query={"limit": limit})
        assert (answer.status, answer.fields) == (422, ["limit"])
    for answer in (_change(member, "no id"), _delete(member, "no id")):
        assert (answer.status, answer.fields) == (422, ["address_id"])


def should_hold_so_many_addresses_and_no_more() -> None:
    member = _member()
    added = [any_address(member) for _ in range(ADDRESSES_MAX)]
    answer = _add(member)
    assert (answer.status, answer.code, answer.body["limit"]) == (409, "too_many_addresses", 20)
    assert _change(member, added[0]).status == 200
    assert _delete(member, added[0]).status == 204
    assert _delete(member, added[0]).status == 404  # counts nothing
    any_address(member)
    assert _add(member).code == "too_many_addresses"
    assert len(_book(member)) == ADDRESSES_MAX


def should_not_know_the_addresses_of_others() -> None:
    member, other = _member(), _member()
    address = any_address(member)
    before = _stored(member), _stored(other)
    for answer in (_change(other, address), _delete(other, address), _delete(other, any_id())):
        assert (answer.status, answer.code) == (404, "not_found")
    assert _book(other) == []
    assert (_stored(member), _stored(other)) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((name, "") for name in ("recipient", "line1", "line2", "city", "region", "postal_code")),
        ("recipient", None),
        ("recipient", "A\x00da"),
        ("recipient", "A" * 121),
        ("phone", "020 5550123"),
        ("phone", None),
        ("postal_code", "1" * 21),
        ("country", "gb"),
        ("country", "UK"),
        ("country", "GBR"),
        ("country", ""),
        ("country", None),
        ("line1", 5),
        ("surprise", "x"),
    ],
)
def should_refuse_an_address_that_no_carrier_could_use(field: str, value: object) -> None:
    member = _member()
    address = any_address(member)
    before = _stored(member)
    for answer in (_add(member, **{field: value}), _change(member, address, **{field: value})):
        assert (answer.status, answer.code, answer.fields) == (422, "invalid", [field])
    assert _stored(member) == before


def should_keep_no_address_of_a_member_without_a_profile() -> None:
    member = any_id()
    answer = _add(member)
    assert (answer.status, answer.code) == (404, "not_found")
    assert _stored(member) == []


def should_let_nothing_appear_behind_an_erasure() -> None:
    """Case 77: the token outlives the erasure by minutes, and whatever it writes is refused.

    What orders have kept goes with the rest.
    """
    member = _member()
    address = any_address(member)
    kept = open_store().get("users", keys.address(member, address)) or {}
    open_store().transact([sent_to(member, any_id(), kept, open_store().now())])
    assert len(_stored(member)) == 3
    assert by_member(erase_me, "DELETE /v1/me", member).status == 202
    stub = _stored(member)
    assert [item["sk"] for item in stub] == ["PROFILE"]
    for answer in (_add(member), _change(member, address), _delete(member, address)):
        assert (answer.status, answer.code) == (404, "not_found")
    assert _book(member) == []
    assert _stored(member) == stub


def should_be_seen_to_keep_an_address_behind_an_erasure_without_its_condition(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Control."""
    member = _member()
    any_address(member)
    assert by_member(erase_me, "DELETE /v1/me", member).status == 202
    monkeypatch.setattr("mall.users.addresses._STANDS", "attribute_exists(#pk) OR #pk = :erased")
    assert _add(member).status == 201
    assert [item["sk"] for item in _stored(member)] != ["PROFILE"]


@pytest.mark.parametrize("handler", HANDLERS)
def should_refuse_callers_without_a_members_token(handler: Any) -> None:
    body = any_address_request() if handler in (create_address, change_address) else None
    event = http_event("POST /v1/me/addresses/{address_id}", path={"address_id": "x"}, body=body)
    answer = ask(handler, event, access="member")
    assert (answer.status, answer.code) == (403, "forbidden")


def should_be_busy_when_the_table_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    for name in ("query", "transact_write_items"):
        monkeypatch.setattr(open_store()._client, name, silent)
    monkeypatch.setattr(Store, "_wait", lambda *_: None)
    query = call("list_addresses", member_claims("ada"))
    for answer in (_add("ada"), _change("ada", "x"), _delete("ada", "x"), query):
        assert (answer.status, answer.code) == (503, "busy")
