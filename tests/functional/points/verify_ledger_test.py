"""GET /v1/admin/points/{user_id}/verify: the chain replayed, and the first entry that cannot be."""

import boto3
import pytest
from mall import keys
from mall.store import open_store
from mall.writes import put

from tests.events import Answer, member_claims
from tests.functional.acts import ADMIN, any_confirmed_member, any_product, call, place, purchase
from tests.functional.points.books import count, earn, remove
from tests.functional.precedence import Told, each_first


def _verify(member: str) -> Answer:
    return call("verify_ledger", ADMIN, path={"user_id": member})


def _a_chain() -> str:
    member = any_confirmed_member()
    purchase(member, 50)
    place(member, any_product(20), 20)
    purchase(member, 8)
    return member


def _tamper(member: str, revision: int, name: str, value: dict[str, str]) -> None:
    key = {part: {"S": text} for part, text in keys.entry(member, revision).items()}
    boto3.client("dynamodb").update_item(
        TableName="points",
        Key=key,
        UpdateExpression="SET #name = :value",
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues={":value": value},
    )


def should_find_an_untouched_chain_valid() -> None:
    answer = _verify(_a_chain())
    assert (answer.status, answer.body) == (200, {"valid": True, "entries": 3})


def should_find_no_chain_valid() -> None:
    assert _verify(any_confirmed_member()).body == {"valid": True, "entries": 0}


def should_name_the_place_from_which_a_chain_was_cut_off() -> None:
    """What is left is valid in itself; the totals know that there was more."""
    member = any_confirmed_member()
    count(*earn(member, 50), *earn(member, 8))
    remove(member, 2)
    assert _verify(member).body == {"valid": False, "entries": 1, "first_bad_revision": 2}
    earn(member, 9)
    assert _verify(member).body == {"valid": False, "entries": 2, "first_bad_revision": 2}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("points", {"N": "5000"}),
        ("at", {"N": "1"}),
        ("kind", {"S": "refund"}),
        ("debt", {"N": "1"}),
    ],
)
@pytest.mark.parametrize("revision", [1, 2, 3])
def should_name_the_entry_that_was_changed(revision: int, name: str, value: dict[str, str]) -> None:
    member = _a_chain()
    _tamper(member, revision, name, value)
    verdict = _verify(member).body
    assert (verdict["valid"], verdict["first_bad_revision"]) == (False, revision)


def should_miss_an_entry_that_was_removed() -> None:
    member = _a_chain()
    key = {part: {"S": text} for part, text in keys.entry(member, 2).items()}
    boto3.client("dynamodb").delete_item(TableName="points", Key=key)
    assert _verify(member).body["first_bad_revision"] == 2


@pytest.mark.parametrize("place", [2, 3, 4])
def should_name_the_entry_that_was_inserted(place: int) -> None:
    """A copy of an entry of the chain, with all that follow it moved on by one."""
    member, store = _a_chain(), open_store()
    chain = [store.get("points", keys.entry(member, revision)) or {} for revision in (1, 2, 3)]
    chain.insert(place - 1, chain[0])
    for revision, item in enumerate(chain, 1):
        store.transact([put("points", {**item, **keys.entry(member, revision)})])
    verdict = _verify(member).body
    assert (verdict["valid"], verdict["first_bad_revision"]) == (False, place)


PRECEDENCE = [(403, "forbidden"), (422, "invalid"), (404, "not_found")]


@each_first(PRECEDENCE)
def should_tell_the_first_refusal(told: Told, wrong: list[str]) -> None:
    """Each row is wrong in its own way and in every later one."""
    claims = member_claims("m", "operator") if "forbidden" in wrong else ADMIN
    member = "m#1" if "invalid" in wrong else "unknown"
    answer = call("verify_ledger", claims, path={"user_id": member})
    assert (answer.status, answer.code) == told
