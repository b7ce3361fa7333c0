"""From a grant of the operations table to one exact IAM statement.

`orders/by_member:Query` becomes `dynamodb:Query` on that index alone, `files:GetObject`
`s3:GetObject` on the objects of that bucket. There is no spelling for "any action" or "any
resource".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import aws_iam as iam

from infra.operations import QUEUES

TABLES = ("points", "orders", "catalog", "users")
BUCKETS = ("files", "images")
_SERVICES = (
    dict.fromkeys(TABLES, "dynamodb")
    | dict.fromkeys(QUEUES, "sqs")
    | {
        "pool": "cognito-idp",
        "codes_key": "kms",
        "seeds_key": "kms",
        "signing": "secretsmanager",
        "code_macs": "secretsmanager",
        "payments": "secretsmanager",
        "origin": "secretsmanager",
        "bus": "events",
    }
    | dict.fromkeys(BUCKETS, "s3")
)


class BadGrant(ValueError):
    """A grant that names no known resource, no action, or a wildcard."""


@dataclass(frozen=True)
class Grant:
    """A parsed grant: the resource's name, the index of it if any, IAM actions with service."""

    resource: str
    index: str | None
    actions: tuple[str, ...]


def parse(grant: str) -> Grant:
    """Read `resource[/index]:Action[+Action]`. Raises BadGrant."""
    target, _, names = grant.partition(":")
    resource, _, index = target.partition("/")
    service = _SERVICES.get(resource)
    if service is None:
        raise BadGrant(f"{grant!r}: unknown resource {resource!r}")
    if index and resource not in TABLES:
        raise BadGrant(f"{grant!r}: only tables have indexes")
    actions = names.split("+")
    if not all(action.isalpha() and action.isascii() for action in actions):
        raise BadGrant(f"{grant!r}: name each action, joined by '+'")
    return Grant(resource, index or None, tuple(f"{service}:{action}" for action in actions))


def statement(grant: str, arns: Mapping[str, str]) -> iam.PolicyStatement:
    """The one statement of a grant; `arns` maps resource names. Raises BadGrant."""
    parsed = parse(grant)
    arn = arns.get(parsed.resource)
    if arn is None:
        raise BadGrant(f"{grant!r}: this stage has no {parsed.resource!r}")
    if parsed.index:
        arn = f"{arn}/index/{parsed.index}"
    if parsed.resource in BUCKETS:
        arn = f"{arn}/*"
    return iam.PolicyStatement(actions=list(parsed.actions), resources=[arn])


def read_clock(points_arn: str) -> iam.PolicyStatement:
    """The stage's clock offset: one item of the points table and no other."""
    return iam.PolicyStatement(
        actions=["dynamodb:GetItem"],
        resources=[points_arn],
        conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["CLOCK"]}},
    )
