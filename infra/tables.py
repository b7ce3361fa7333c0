"""The four tables: on demand, one per domain, keyed `pk`/`sk`, expiring items by `ttl`.

Encryption at rest: DynamoDB always encrypts. `users`, the only table with personal data, uses the
AWS managed key, whose every use is in CloudTrail; the others keep the free default key, because a
customer key would add a KMS request to the price of a redemption and protect nothing more.
"""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.grants import TABLES
from infra.stage import MallStage

STREAMED = ("points", "orders")


def make_tables(scope: Construct, stage: MallStage) -> dict[str, dynamodb.Table]:
    """All tables by name, with their indexes."""
    tables = {name: _table(scope, name, stage) for name in TABLES}
    tables["orders"].add_global_secondary_index(
        index_name="by_member", **_index_keys(1), projection_type=dynamodb.ProjectionType.ALL
    )
    tables["orders"].add_global_secondary_index(
        index_name="open_work",
        **_index_keys(2),
        projection_type=dynamodb.ProjectionType.INCLUDE,
        non_key_attributes=["status", "version", "relayed_version", "member"],
    )
    tables["catalog"].add_global_secondary_index(
        index_name="on_sale", **_index_keys(1), projection_type=dynamodb.ProjectionType.ALL
    )
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


def _index_keys(number: int) -> dict[str, dynamodb.Attribute]:
    return {
        "partition_key": _key(f"gsi{number}pk"),
        "sort_key": _key(f"gsi{number}sk"),
    }


def _key(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
