"""moto's transactions with one backup of each table, of what they change.

moto copies the whole table anew for every item of a transaction, so one of fifty items copies it
fifty times. All copies are made before the first write, so one of them is enough; and only an
update changes an item where it stands, so no other item of the table needs to be copied.
"""

import copy
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import pytest
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

_transact = DynamoDBBackend.transact_write_items


def back_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every transaction of this test copy each of its tables once."""
    monkeypatch.setattr(DynamoDBBackend, "transact_write_items", _transact_with_one_backup)


def _transact_with_one_backup(backend: DynamoDBBackend, items: list[dict[str, Any]]) -> None:
    copies: dict[str, Table] = {}

    def deepcopy(value: Any) -> Any:
        if not isinstance(value, Table):
            return copy.deepcopy(value)
        if value.name not in copies:
            copies[value.name] = _backup(value, items)
        return copies[value.name]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "copy", SimpleNamespace(deepcopy=deepcopy))
        _transact(backend, items)


def _backup(table: Table, items: list[dict[str, Any]]) -> Table:
    """The table as it is before these items are written."""
    kept = copy.copy(table)
    kept.items = defaultdict(dict, {pk: dict(held) for pk, held in table.items.items()})
    for update in (item["Update"] for item in items if "Update" in item):
        pk, sk = DynamoType(update["Key"]["pk"]), DynamoType(update["Key"]["sk"])
        if update["TableName"] == table.name and sk in kept.items.get(pk, {}):
            kept.items[pk][sk] = copy.deepcopy(kept.items[pk][sk])
    return kept
