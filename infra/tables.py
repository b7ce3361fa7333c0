"""The four tables: on demand, one per domain, keyed `pk`/`sk`, expiring items by `ttl`.

Encryption at rest: DynamoDB always encrypts. `users`, the only table with personal data, uses the
AWS managed key, whose every use is in CloudTrail; the others keep the free default key, because a
customer key would add a KMS request to the price of a redemption and protect nothing more.
"""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.grants import TABLES
from infra.stage import MallStage

STREAMED = ("points", "orders", "users", "catalog")
# What finding an order by its state needs; the index is written on every change of it.
_BY_STATUS = ["status", "version", "relayed_version", "member"]


def make_tables(scope: Construct, stage: MallStage) -> dict[str, dynamodb.Table]:
    """All tables by name, with their indexes."""
    tables = {name: _table(scope, name, stage) for name in TABLES}
    _add_index(tables["orders"], "by_member", 1)
    _add_index(tables["orders"], "by_status", 2, keeps=_BY_STATUS)
    _add_index(tables["catalog"], "by_time", 1)
    _add_index(tables["points"], "by_time", 1)
    return tables


def _table(scope: Construct, name: str, stage: MallStage) -> dynamodb.Table:
    encryption = dynamodb.TableEncryption
    return dynamodb.Table(
        scope,
        f"{name.capitalize()}Table",
        partition_key=_key("pk"),
        sort_key=_key("sk"),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        time_to_live_attribute="ttl",
        encryption=encryption.AWS_MANAGED if name == "users" else encryption.DEFAULT,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        deletion_protection=stage.production,
        removal_policy=stage.removal,
        stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES if name in STREAMED else None,
    )


def _add_index(
    table: dynamodb.Table, name: str, number: int, keeps: list[str] | None = None
) -> None:
    """An index over `gsi<number>pk`/`gsi<number>sk` that keeps all attributes, or those named."""
    projection = dynamodb.ProjectionType
    table.add_global_secondary_index(
        index_name=name,
        partition_key=_key(f"gsi{number}pk"),
        sort_key=_key(f"gsi{number}sk"),
        projection_type=projection.INCLUDE if keeps else projection.ALL,
        non_key_attributes=keeps,
    )


def _key(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
