"""What calls a function: a route, a queue, a stream or a schedule.

Each kind has two halves. `rights` is what the function's role must hold for its trigger, known
before the function is; `attach` makes the trigger once the function exists.
"""

import json
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs

from infra import nag
from infra.foundation import Foundation
from infra.function import OperationFunction
from infra.operations import (
    ANYONE,
    Access,
    DeadLetters,
    Http,
    Operation,
    Queue,
    Schedule,
    Stream,
)

SIGNED_IN_SCOPE = "aws.cognito.signin.user.admin"
_QUEUE_ACTIONS = (
    "ReceiveMessage",
    "DeleteMessage",
    "GetQueueAttributes",
    "ChangeMessageVisibility",
)
_STREAM_ACTIONS = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
_STREAM_RETRIES_MAX = 10
_STREAM_AGE_S_MAX = 6 * 60 * 60
_JOB_AGE_S_MAX = 60 * 60
_JOB_RETRIES_MAX = 2


def rights(
    operation: Operation, foundation: Foundation, failed_jobs: sqs.IQueue | None
) -> list[iam.PolicyStatement]:
    """What the trigger demands of the function's role, and nothing for a route."""
    match operation.trigger:
        case Queue(name=name):
            return [_allow("sqs", _QUEUE_ACTIONS, foundation.queues[name].queue.queue_arn)]
        case DeadLetters(queue=name):
            return [_allow("sqs", _QUEUE_ACTIONS, foundation.queues[name].dead_letter.queue_arn)]
        case Stream(table=table):
            failures = foundation.stream_failures.queue_arn
            return [
                _allow("dynamodb", _STREAM_ACTIONS, stream_arn(foundation, table)),
                _allow("sqs", ("SendMessage",), failures),
            ]
        case Schedule() if failed_jobs is not None:
            return [_allow("sqs", ("SendMessage",), failed_jobs.queue_arn)]
        case _:
            return []


def attach(made: OperationFunction, foundation: Foundation, failed_jobs: sqs.IQueue | None) -> None:
    """Make the trigger of a function."""
    match made.operation.trigger:
        case Http() as http:
            _attach_route(made, http, foundation)
        case Queue(name=name, batch_size=batch_size):
            _attach_queue(made, foundation.queues[name].queue, batch_size)
        case DeadLetters(queue=name, batch_size=batch_size):
            _attach_queue(made, foundation.queues[name].dead_letter, batch_size)
        case Stream() as stream:
            _attach_stream(made, stream, foundation)
        case Schedule() as schedule if failed_jobs is not None:
            _attach_schedule(made, schedule, failed_jobs)
        case other:
            raise TypeError(f"{made.operation.name}: no way to attach {other}")


@dataclass(frozen=True)
class Authorization:
    """Who a route lets in. An authorizer without scopes would let ID tokens pass."""

    kind: str
    authorizer_id: str | None = None
    scopes: list[str] | None = None


def authorization(access: Access, foundation: Foundation) -> Authorization:
    """A route's authorizer and scopes, from who may call it."""
    if access == ANYONE:
        return Authorization("NONE")
    if "/" in access:
        return Authorization("JWT", foundation.api.partners, [access])
    return Authorization("JWT", foundation.api.members, [SIGNED_IN_SCOPE])


def stream_arn(foundation: Foundation, table: str) -> str:
    """The ARN of a table's stream. Raises ValueError for a table that has none."""
    arn: str | None = foundation.tables[table].table_stream_arn
    if arn is None:
        raise ValueError(f"the table {table!r} has no stream")
    return arn


def _attach_route(made: OperationFunction, http: Http, foundation: Foundation) -> None:
    api_id = foundation.api.id
    integration = gateway.CfnIntegration(
        made,
        "Integration",
        api_id=api_id,
        integration_type="AWS_PROXY",
        integration_uri=made.function.function_arn,
        payload_format_version="2.0",
    )
    entry = authorization(http.access, foundation)
    route = gateway.CfnRoute(
        made,
        "Route",
        api_id=api_id,
        route_key=http.route,
        target=f"integrations/{integration.ref}",
        authorization_type=entry.kind,
        authorizer_id=entry.authorizer_id,
        authorization_scopes=entry.scopes,
    )
    if http.access == ANYONE:
        nag.accept(route, nag.open_route(http.route))
    method, _, path = http.route.partition(" ")
    lambda_.CfnPermission(
        made,
        "RouteMayCall",
        action="lambda:InvokeFunction",
        function_name=made.function.function_name,
        principal="apigateway.amazonaws.com",
        source_arn=cdk.Stack.of(made).format_arn(
            service="execute-api", resource=api_id, resource_name=f"*/{method}{path}"
        ),
    )


def _attach_queue(made: OperationFunction, queue: sqs.IQueue, batch_size: int) -> None:
    lambda_.CfnEventSourceMapping(
        made,
        "Source",
        function_name=made.function.function_name,
        event_source_arn=queue.queue_arn,
        batch_size=batch_size,
        function_response_types=["ReportBatchItemFailures"],
    )


def _attach_stream(made: OperationFunction, stream: Stream, foundation: Foundation) -> None:
    source = lambda_.CfnEventSourceMapping
    source(
        made,
        "Source",
        function_name=made.function.function_name,
        event_source_arn=stream_arn(foundation, stream.table),
        # From the oldest record: what was committed before the mapping existed is owed too.
        starting_position="TRIM_HORIZON",
        batch_size=stream.batch_size,
        bisect_batch_on_function_error=True,
        function_response_types=["ReportBatchItemFailures"],
        maximum_retry_attempts=_STREAM_RETRIES_MAX,
        maximum_record_age_in_seconds=_STREAM_AGE_S_MAX,
        destination_config=source.DestinationConfigProperty(
            on_failure=source.OnFailureProperty(destination=foundation.stream_failures.queue_arn)
        ),
        filter_criteria=source.FilterCriteriaProperty(
            filters=[
                source.FilterProperty(pattern=json.dumps(pattern)) for pattern in _followed(stream)
            ]
        ),
    )


def _followed(stream: Stream) -> list[dict[str, object]]:
    """The records that Lambda hands over, and bills for: no others wake the function.

    A record is handed over when one of the patterns fits.
    """
    prefixes = [{"prefix": prefix} for prefix in stream.sort_keys]
    of_items: dict[str, object] = {"Keys": {"sk": {"S": prefixes}}} if prefixes else {}

    def pattern(kinds: list[str], image: dict[str, object]) -> dict[str, object]:
        within = {**of_items, **image}
        return {"eventName": kinds, **({"dynamodb": within} if within else {})}

    if not stream.at_zero:
        return [pattern(list(stream.changes), {})]
    zero = {stream.at_zero: {"N": ["0"]}}
    return [
        pattern(["INSERT"], {}),
        pattern(["MODIFY"], {"NewImage": zero}),
        pattern(["MODIFY"], {"OldImage": zero}),
    ]


def _attach_schedule(made: OperationFunction, schedule: Schedule, failed_jobs: sqs.IQueue) -> None:
    _keep_failed_runs(made, failed_jobs)
    function_arn = made.function.function_arn
    role = iam.Role(
        made,
        "SchedulerRole",
        assumed_by=iam.ServicePrincipal(
            "scheduler.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
        ),
        inline_policies={
            "call": iam.PolicyDocument(
                statements=[
                    _allow("lambda", ("InvokeFunction",), function_arn),
                    _allow("sqs", ("SendMessage",), failed_jobs.queue_arn),
                ]
            )
        },
    )
    target = scheduler.CfnSchedule
    target(
        made,
        "Schedule",
        schedule_expression=schedule.rate,
        flexible_time_window=target.FlexibleTimeWindowProperty(mode="OFF"),
        target=target.TargetProperty(
            arn=function_arn,
            role_arn=role.role_arn,
            input="{}",
            dead_letter_config=target.DeadLetterConfigProperty(arn=failed_jobs.queue_arn),
            retry_policy=target.RetryPolicyProperty(
                maximum_event_age_in_seconds=_JOB_AGE_S_MAX,
                maximum_retry_attempts=_JOB_RETRIES_MAX,
            ),
        ),
    )


def _keep_failed_runs(made: OperationFunction, failed_jobs: sqs.IQueue) -> None:
    """The scheduler only hands the call over; what the function itself fails at ends up here."""
    lambda_.CfnEventInvokeConfig(
        made,
        "FailedRuns",
        function_name=made.function.function_name,
        qualifier="$LATEST",
        maximum_event_age_in_seconds=_JOB_AGE_S_MAX,
        maximum_retry_attempts=_JOB_RETRIES_MAX,
        destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
            on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(
                destination=failed_jobs.queue_arn
            )
        ),
    )


def _allow(service: str, actions: tuple[str, ...], arn: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=[f"{service}:{action}" for action in actions], resources=[arn]
    )
