"""What is asked by the shortcut is answered as it is over moto's wire."""

from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

_KEY: Mapping[str, Any] = {"pk": {"S": "p"}, "sk": {"S": "s"}}
_ITEM: Mapping[str, Any] = {
    **_KEY,
    "text": {"S": "t"},
    "number": {"N": "12.50"},
    "bytes": {"B": b"\x00\xff"},
    "B": {"M": {"B": {"B": b"b"}, "BS": {"L": [{"NULL": True}, {"BOOL": False}]}}},
    "words": {"SS": ["one", "two"]},
    "blobs": {"BS": [b"\x00", b"\x01"]},
    "empty": {"L": []},
    "gsi1pk": {"S": "by time"},
    "gsi1sk": {"S": "1"},
}
_OTHER: Mapping[str, Any] = {**_KEY, "sk": {"S": "t"}}
_WRITES: list[tuple[str, Mapping[str, Any]]] = [
    ("put_item", {"Item": _OTHER}),
    ("update_item", {"Key": _KEY, "UpdateExpression": "SET #n = :n",
        "ExpressionAttributeNames": {"#n": "number"},
        "ExpressionAttributeValues": {":n": {"N": "3"}}}),
    ("update_item", {"Key": _KEY, "UpdateExpression": "REMOVE words", "ReturnValues": "ALL_NEW"}),
    ("delete_item", {"Key": _KEY}),
]  # fmt: skip
_READS: list[tuple[str, Mapping[str, Any]]] = [
    ("get_item", {"Key": _KEY}),
    ("get_item", {"Key": {**_KEY, "sk": {"S": "nothing"}}}),
    ("query", {"KeyConditionExpression": "pk = :p", "Limit": 1,
        "ExpressionAttributeValues": {":p": {"S": "p"}}}),
    ("query", {"KeyConditionExpression": "gsi1pk = :p", "IndexName": "by_time",
        "ExpressionAttributeValues": {":p": {"S": "by time"}}}),
    ("query", {"KeyConditionExpression": "pk = :p", "Select": "COUNT",
        "ExpressionAttributeValues": {":p": {"S": "p"}}}),
    ("scan", {"Limit": 1, "ReturnConsumedCapacity": "TOTAL"}),
]  # fmt: skip
_REFUSED: list[tuple[str, Mapping[str, Any]]] = [
    ("put_item", {"Item": _ITEM, "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}),
    ("update_item", {"Key": _KEY, "UpdateExpression": "SET name = :n",
        "ExpressionAttributeValues": {":n": {"N": "3"}}}),
    ("get_item", {"Key": {"pk": {"S": ""}, "sk": {"S": "s"}}}),
    ("query", {"KeyConditionExpression": "pk = ?"}),
    ("delete_item", {"Key": {"pk": {"S": "p"}, "other": {"S": "s"}}}),
]  # fmt: skip


def _answers(call: str, asked: Mapping[str, Any]) -> list[Any]:
    """What a table of one item answers and holds, by the shortcut and by the wire."""
    answers = []
    for client in (boto3.client("dynamodb"), boto3.Session().client("dynamodb")):
        for item in client.scan(TableName="points")["Items"]:
            client.delete_item(TableName="points", Key={name: item[name] for name in _KEY})
        client.put_item(TableName="points", Item=_ITEM)
        try:
            answer = getattr(client, call)(**asked)
        except ClientError as error:
            answer = dict(error.response)
        for told in ("ResponseMetadata", "ConsumedCapacityUnits"):
            answer.pop(told, None)
        answers.append((answer, client.scan(TableName="points")["Items"]))
    return answers


@pytest.mark.parametrize("call, asked", [*_WRITES, *_READS, *_REFUSED])
def should_answer_as_over_the_wire(stage: None, call: str, asked: Mapping[str, Any]) -> None:
    short, long = _answers(call, {"TableName": "points", **asked})
    assert short == long


def should_read_a_batch_as_over_the_wire(stage: None) -> None:
    wanted = {"points": {"Keys": [_KEY, _OTHER]}, "orders": {"Keys": [_KEY]}}
    short, long = _answers("batch_get_item", {"RequestItems": wanted})
    assert short == long


@pytest.mark.parametrize("expected", ["12.50", "13"])
def should_write_all_or_nothing_as_over_the_wire(stage: None, expected: str) -> None:
    moved = {
        "TableName": "points", "Key": _KEY, "UpdateExpression": "ADD #n :by",
        "ConditionExpression": "#n = :expected", "ExpressionAttributeNames": {"#n": "number"},
        "ExpressionAttributeValues": {":by": {"N": "1"}, ":expected": {"N": expected}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }  # fmt: skip
    put = {"TableName": "points", "Item": _OTHER}
    short, long = _answers(
        "transact_write_items", {"TransactItems": [{"Put": put}, {"Update": moved}]}
    )
    assert short == long


def should_take_the_shortcut(stage: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moto.core.botocore_stubber.BotocoreStubber.process_request", None)
    client = boto3.client("dynamodb")
    assert client.scan(TableName="points")["Items"] == []
    client.put_item(TableName="points", Item=_ITEM)
    assert client.get_item(TableName="points", Key=_KEY)["Item"] == _ITEM
    with pytest.raises(TypeError):  # there is no long way left
        client.get_item(TableName="no table", Key=_KEY)
