"""moto's transactions with one backup of each table.

moto copies the whole table anew for every item of a transaction, so one of fifty items copies it
fifty times. All copies are made before the first write, and one of them is enough.
"""

import copy
from types import SimpleNamespace
from typing import Any

import pytest
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
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
            copies[value.name] = copy.deepcopy(value)
        return copies[value.name]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "copy", SimpleNamespace(deepcopy=deepcopy))
        _transact(backend, items)
