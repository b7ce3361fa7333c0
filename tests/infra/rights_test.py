"""A function's role is its own and holds exactly what its line and its trigger need."""

import json
from collections.abc import Iterator

import pytest

from infra.grants import BadGrant, parse
from infra.operations import QUEUES, DeadLetters, Http, Operation, Queue, Schedule, Stream
from infra.queues import pascal
from tests.infra.templates import STAGES, Deployment, Json, Resource, deployment, functions

Right = tuple[str, str, str]  # action, resource, condition as JSON
SERVICES = {
    "pool": "cognito-idp",
    "codes_key": "kms",
    "seeds_key": "kms",
    "signing": "secretsmanager",
    "code_macs": "secretsmanager",
    "payments": "secretsmanager",
    "bus": "events",
    "files": "s3",
    "images": "s3",
}
CONSUMING = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "ChangeMessageVisibility")
NO_CONDITION = "null"
CLOCK_ONLY = '{"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["CLOCK"]}}'
for_each_stage = pytest.mark.parametrize("stage", STAGES)


@for_each_stage
def should_give_each_function_exactly_the_rights_it_needs(stage: str) -> None:
    found = deployment(stage)
    for operation, function in functions(stage):
        role = _role(found, function)
        needed = set(_needed(found, operation, function))
        assert set(_held(found, role)) == needed, operation.name


@for_each_stage
def should_give_each_function_a_role_that_no_other_has(stage: str) -> None:
    found = deployment(stage)
    roles = [_role(found, function) for _, function in functions(stage)]
    assert len({role.name for role in roles}) == len(roles)
    for role in roles:
        assert role.properties["AssumeRolePolicyDocument"]["Statement"] == [
            {
                "Action": "sts:AssumeRole",
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
            }
        ]


@for_each_stage
def should_attach_no_policy_from_elsewhere_to_any_role(stage: str) -> None:
    found = deployment(stage)
    assert found.resources("AWS::IAM::Policy") == []
    assert found.resources("AWS::IAM::ManagedPolicy") == []
    for role in found.resources("AWS::IAM::Role"):
        assert not role.properties.get("ManagedPolicyArns"), role.name


@for_each_stage
def should_name_every_action_and_every_resource_but_for_tracing(stage: str) -> None:
    found = deployment(stage)
    for role in found.resources("AWS::IAM::Role"):
        for action, resource, _ in _held(found, role):
            assert "*" not in action, role.name
            objects = action.startswith("s3:") and resource.endswith(".Arn/*")
            tracing = action.startswith("xray:Put")
            assert "*" not in resource or objects or tracing, (role.name, action)


@for_each_stage
@pytest.mark.parametrize(
    ("action", "holders"),
    [
        ("Encrypt", {"open_lottery"}),
        ("Decrypt", {"draw_lottery", "draw_scheduled_lotteries", "reveal_lottery_seeds"}),
    ],
)
def should_let_only_these_seal_or_open_the_seeds_of_lotteries(
    stage: str, action: str, holders: set[str]
) -> None:
    found = deployment(stage)
    key = _arn(found, "seeds_key")
    held = {operation.name: _held(found, _role(found, f)) for operation, f in functions(stage)}
    rights = {name: {(did, what) for did, what, _ in each} for name, each in held.items()}
    assert {name for name, each in rights.items() if (f"kms:{action}", key) in each} == holders
    kms = {did for each in rights.values() for did, what in each if what == key}
    assert kms == {"kms:Encrypt", "kms:Decrypt"}


@for_each_stage
def should_let_nobody_else_use_the_key_of_the_seeds_by_its_own_policy(stage: str) -> None:
    found = deployment(stage)
    [key] = [k for k in found.resources("AWS::KMS::Key") if "Seeds" in k.name]
    for statement in key.properties["KeyPolicy"]["Statement"]:
        assert "AWS" in statement["Principal"]
        assert "root" in json.dumps(statement["Principal"]), statement


@pytest.mark.parametrize(
    "grant",
    [
        "points:*",
        "points:Get*",
        "points:",
        "points",
        "points:GetItem+",
        "points:GetItem PutItem",
        "*:GetItem",
        "nothing:GetItem",
        "fulfil/index:SendMessage",
    ],
)
def should_refuse_a_grant_that_is_not_exact(grant: str) -> None:
    with pytest.raises(BadGrant):
        parse(grant)


def _role(found: Deployment, function: Resource) -> Resource:
    return found.named(found.text(function.stack, function.properties["Role"]))


def _held(found: Deployment, role: Resource) -> Iterator[Right]:
    for policy in role.properties["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            condition = json.dumps(statement.get("Condition"))
            for action in _listed(statement["Action"]):
                for resource in _listed(statement["Resource"]):
                    yield action, found.text(role.stack, resource), condition


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _needed(found: Deployment, operation: Operation, function: Resource) -> Iterator[Right]:
    for grant in operation.grants:
        target, actions = grant.split(":")
        resource, _, index = target.partition("/")
        arn = _arn(found, resource) + (f"/index/{index}" if index else "")
        for action in actions.split("+"):
            yield f"{_service(resource)}:{action}", arn, NO_CONDITION
    log = found.text(function.stack, function.properties["LoggingConfig"]["LogGroup"])
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        yield action, f"{log}.Arn", NO_CONDITION
    for action in ("xray:PutTraceSegments", "xray:PutTelemetryRecords"):
        yield action, "*", NO_CONDITION
    if found.stage == "sandbox":
        yield "dynamodb:GetItem", _arn(found, "points"), CLOCK_ONLY
    elif isinstance(operation.trigger, Http):
        [origin] = [
            each for each in found.resources("AWS::SecretsManager::Secret") if "Origin" in each.name
        ]
        yield "secretsmanager:GetSecretValue", f"{origin.name}.Id", NO_CONDITION
    for action, arn in _trigger_rights(found, operation, function):
        yield action, arn, NO_CONDITION


def _trigger_rights(
    found: Deployment, operation: Operation, function: Resource
) -> Iterator[tuple[str, str]]:
    match operation.trigger:
        case Queue(name=name):
            yield from ((f"sqs:{action}", _arn(found, name)) for action in CONSUMING)
        case DeadLetters(queue=name):
            dead_letters = f"{found.output(f'{pascal(name)}DeadLetterUrl')}.Arn"
            yield from ((f"sqs:{action}", dead_letters) for action in CONSUMING)
        case Stream(table=table):
            for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"):
                yield (
                    f"dynamodb:{action}",
                    f"{found.output(f'{table.capitalize()}Table')}.StreamArn",
                )
            yield "sqs:SendMessage", f"{found.output('StreamFailuresUrl')}.Arn"
        case Schedule():
            [failed] = [
                queue
                for queue in found.resources("AWS::SQS::Queue")
                if queue.stack == function.stack
            ]
            yield "sqs:SendMessage", f"{failed.name}.Arn"
        case Http():
            return


def _service(resource: str) -> str:
    if resource in QUEUES:
        return "sqs"
    return SERVICES.get(resource, "dynamodb")


def _arn(found: Deployment, resource: str) -> str:
    """The resource's ARN as text, found through the stack's outputs."""
    named = {
        "codes_key": "CodesKeyArn",
        "seeds_key": "SeedsKeyArn",
        "signing": "SigningSecretArn",
        "code_macs": "CodeMacsSecretArn",
        "payments": "PaymentsSecretArn",
    }
    if resource in named:
        return found.output(named[resource])
    match resource:
        case "pool":
            return f"{found.output('UserPoolId')}.Arn"
        case "bus":
            return f"{found.output('BusName')}.Arn"
        case "files" | "images":
            output = {"files": "FilesBucket", "images": "ImagesBucket"}[resource]
            return f"{found.output(output)}.Arn/*"
        case queue if queue in QUEUES:
            return f"{found.output(f'{pascal(resource)}QueueUrl')}.Arn"
        case table:
            return f"{found.output(f'{table.capitalize()}Table')}.Arn"
