"""A transaction that is refused leaves every item as it was, however little was copied."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError


def _key(sk: str) -> dict[str, Any]:
    return {"pk": {"S": "p"}, "sk": {"S": sk}}


def _update(sk: str, condition: str) -> Any:
    return {
        "Update": {
            "TableName": "points",
            "Key": _key(sk),
            "UpdateExpression": "SET seen = :seen, told.deep = :seen",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {":seen": {"N": "2"}},
        }
    }


def should_undo_whatever_a_refused_transaction_did(stage: None) -> None:
    client = boto3.client("dynamodb")
    for sk in ("changed", "deleted", "untouched"):
        item = {**_key(sk), "seen": {"N": "1"}, "told": {"M": {"deep": {"N": "1"}}}}
        client.put_item(TableName="points", Item=item)
    before = client.scan(TableName="points")["Items"]
    writes: list[Any] = [
        _update("changed", "attribute_exists(pk)"),
        {"Put": {"TableName": "points", "Item": _key("new")}},
        {"Delete": {"TableName": "points", "Key": _key("deleted")}},
        {"Put": {"TableName": "orders", "Item": _key("new")}},
    ]
    refused = _update("untouched", "attribute_not_exists(pk)")
    with pytest.raises(ClientError, match="TransactionCanceled"):
        client.transact_write_items(TransactItems=[*writes, refused])
    assert client.scan(TableName="points")["Items"] == before
    assert client.scan(TableName="orders")["Items"] == []
    client.transact_write_items(TransactItems=writes)
    after = {item["sk"]["S"]: item for item in client.scan(TableName="points")["Items"]}
    assert set(after) == {"changed", "new", "untouched"}
    assert after["changed"]["told"] == {"M": {"deep": {"N": "2"}}}
