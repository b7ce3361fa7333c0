"""A stage in a test: the four tables on an engine, the settings that name them, the handlers.

`make_tables` builds them by the shapes that the CDK app synthesizes, so that a test never runs on
a table that no stack would make.
"""

import importlib
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from infra.operations import OPERATIONS, QUEUES, Operation

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

SETTINGS: Mapping[str, str] = {
    "MALL_STAGE": "test",
    "MALL_ACCESS": "none",
    "MALL_POINTS_TABLE": "points",
    "MALL_ORDERS_TABLE": "orders",
    "MALL_CATALOG_TABLE": "catalog",
    "MALL_USERS_TABLE": "users",
    "MALL_USER_POOL_ID": "pool",
    "MALL_MEMBER_CLIENT_ID": "member-client",
    "MALL_SIGNING_SECRET_ARN": "signing",
    "MALL_CODE_MACS_SECRET_ARN": "code-macs",
    "MALL_PAYMENTS_SECRET_ARN": "payments",
    "MALL_CODES_KEY_ARN": "codes",
    "MALL_SEEDS_KEY_ARN": "seeds",
    "MALL_FILES_BUCKET": "files",
    **{f"MALL_{name.upper()}_QUEUE_URL": name for name in QUEUES},
    "MALL_IMAGES_BUCKET": "images",
    "MALL_BUS_NAME": "bus",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_SERVICE_NAME": "test",
    "POWERTOOLS_METRICS_NAMESPACE": "PointsMall",
}
_INDEXES = {
    "points": {"by_time": 1},
    "orders": {"by_member": 1, "by_status": 2},
    "catalog": {"by_time": 1},
}
# Of an order this index keeps no more, so that a reader who expects more is found out.
_BY_STATUS = ["status", "version", "relayed_version", "member"]
TABLES = ("points", "orders", "catalog", "users")

BY_NAME: Mapping[str, Operation] = {operation.name: operation for operation in OPERATIONS}


def make_tables(client: "DynamoDBClient", prefix: str = "") -> None:
    """Create the four tables, named as SETTINGS names them, after `prefix`."""
    for table in TABLES:
        indexes = _INDEXES.get(table, {})
        names = ["pk", "sk", *(f"gsi{n}{end}" for n in indexes.values() for end in ("pk", "sk"))]
        request: dict[str, Any] = {
            "TableName": f"{prefix}{table}",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in names],
            "KeySchema": _schema("pk", "sk"),
        }
        if indexes:
            request["GlobalSecondaryIndexes"] = [
                {
                    "IndexName": name,
                    "KeySchema": _schema(f"gsi{n}pk", f"gsi{n}sk"),
                    "Projection": _projection(name),
                }
                for name, n in indexes.items()
            ]
        client.create_table(**request)


def _projection(index: str) -> dict[str, Any]:
    if index == "by_status":
        return {"ProjectionType": "INCLUDE", "NonKeyAttributes": _BY_STATUS}
    return {"ProjectionType": "ALL"}


def _schema(hash_name: str, range_name: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": hash_name, "KeyType": "HASH"},
        {"AttributeName": range_name, "KeyType": "RANGE"},
    ]


def handler(name: str) -> Any:
    """The handler of an operation, by its name."""
    operation = BY_NAME[name]
    return getattr(importlib.import_module(f"functions.{operation.domain}.{name}"), name)


os.environ.update({name: value for name, value in SETTINGS.items() if name not in os.environ})
