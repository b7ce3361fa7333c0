"""GET /v1/admin/points/{user_id}/verify: the chain replayed, and the first entry that cannot be."""

import boto3
import pytest
from mall import keys

from tests.events import Answer, member_claims
from tests.functional.acts import ADMIN, any_confirmed_member, any_product, call, place, purchase


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


PRECEDENCE = [(403, "forbidden"), (422, "invalid"), (404, "not_found")]


@pytest.mark.parametrize("first", range(len(PRECEDENCE)), ids=[code for _, code in PRECEDENCE])
def should_tell_the_first_refusal(first: int) -> None:
    """Each row is wrong in its own way and in every later one."""
    wrong = [code for _, code in PRECEDENCE[first:]]
    claims = member_claims("m", "operator") if "forbidden" in wrong else ADMIN
    member = "m#1" if "invalid" in wrong else "unknown"
    answer = call("verify_ledger", claims, path={"user_id": member})
    assert (answer.status, answer.code) == PRECEDENCE[first]
