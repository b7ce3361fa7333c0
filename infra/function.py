"""One Lambda function from one line of the operations table, with everything it must have.

Its role is its own and complete: the actions of the line, what its trigger needs, its own log
group, X-Ray's two writes, and in the sandbox the one item that holds the stage's clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra import grants, nag
from infra.alarms import PERIOD, alarm
from infra.foundation import Foundation
from infra.operations import DeadLetters, Http, Operation, Queue, Stream
from infra.queues import pascal
from infra.stage import MallStage

METRICS_NAMESPACE = "PointsMall"
_LAG_MS_MAX = 60 * 60 * 1000


@dataclass(frozen=True)
class DomainParts:
    """What the functions of one domain stack share."""

    stage: MallStage
    foundation: Foundation
    code: lambda_.Code
    layer: lambda_.LayerVersion
    alarms: sns.ITopic


class OperationFunction(Construct):
    """The function of an operation; `trigger_rights` is what its trigger demands of the role."""

    def __init__(
        self,
        scope: Construct,
        operation: Operation,
        parts: DomainParts,
        trigger_rights: Sequence[iam.PolicyStatement],
    ) -> None:
        super().__init__(scope, pascal(operation.name))
        self.operation = operation
        name = parts.stage.named(operation.name)
        log = self._log(name, parts.stage)
        rights = [*_rights(operation, parts, log), *trigger_rights]
        role = self._role(rights)
        for bucket in sorted({grants.parse(grant).resource for grant in operation.grants}):
            if bucket in grants.BUCKETS:
                nag.accept(role, nag.objects_of(parts.foundation.exported_as(bucket)))
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            description=_description(operation),
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=parts.code,
            handler=f"{operation.name}.{operation.name}",
            layers=[parts.layer],
            memory_size=operation.memory_mb,
            timeout=cdk.Duration.seconds(operation.timeout_s),
            tracing=lambda_.Tracing.ACTIVE,
            role=role.without_policy_updates(),
            log_group=log,
            environment=parts.foundation.told
            | _source(operation, parts)
            | {
                "MALL_ACCESS": operation.access,
                "POWERTOOLS_SERVICE_NAME": operation.name,
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
            },
        )
        nag.accept(self.function, nag.RUNTIME)
        self._add_alarm(parts)

    def _log(self, name: str, stage: MallStage) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/lambda/{name}",
            retention=stage.log_retention,
            removal_policy=stage.removal,
        )

    def _role(self, rights: list[iam.PolicyStatement]) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={"operation": iam.PolicyDocument(statements=rights)},
        )
        nag.accept(role, nag.XRAY_WRITES)
        return role

    def _add_alarm(self, parts: DomainParts) -> None:
        alarm(
            self,
            "Errors",
            self.function.metric_errors(period=PERIOD, statistic=cloudwatch.Stats.SUM),
            parts.alarms,
            f"{self.operation.name} fails: read its log group, errors only, from the alarm's time.",
        )
        if isinstance(self.operation.trigger, Http):
            self._add_failure_alarm(parts)

        if isinstance(self.operation.trigger, Stream):
            self._add_lag_alarm(parts)
        for name in self.operation.pages:
            description = f"{self.operation.name} found {name}: read its log group, errors only."
            alarm(self, name, self._own_metric(name), parts.alarms, description)

    def _add_lag_alarm(self, parts: DomainParts) -> None:
        """Page long before the stream forgets, which it does after a day."""
        lag = self.function.metric("IteratorAge", period=PERIOD, statistic=cloudwatch.Stats.MAXIMUM)
        alarm(
            self,
            "Lag",
            lag,
            parts.alarms,
            f"{self.operation.name} is an hour behind its stream: read its log group, errors only.",
            threshold=_LAG_MS_MAX,
        )

    def _own_metric(self, name: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=METRICS_NAMESPACE,
            metric_name=name,
            dimensions_map={"service": self.operation.name},
            period=PERIOD,
            statistic=cloudwatch.Stats.SUM,
        )

    def _add_failure_alarm(self, parts: DomainParts) -> None:
        """Page on a 500 too: the entry wrapper answers it, so Lambda counts no error."""
        alarm(
            self,
            "Failures",
            self._own_metric("Failed"),
            parts.alarms,
            f"{self.operation.name} answers 500: read its log group, `failed`, with the trace.",
        )


def _rights(
    operation: Operation, parts: DomainParts, log: logs.LogGroup
) -> list[iam.PolicyStatement]:
    arns = parts.foundation.arns
    named = list(operation.grants)
    if parts.stage.edge and isinstance(operation.trigger, Http):
        named.append("origin:GetSecretValue")
    rights = [grants.statement(grant, arns) for grant in named]
    rights.append(
        iam.PolicyStatement(
            actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log.log_group_arn]
        )
    )
    rights.append(
        iam.PolicyStatement(
            actions=["xray:PutTelemetryRecords", "xray:PutTraceSegments"], resources=["*"]
        )
    )
    if not parts.stage.production:
        rights.append(grants.read_clock(arns["points"]))
    return rights


def _source(operation: Operation, parts: DomainParts) -> dict[str, str]:
    """What a consumer is told of its queue, to pace its tries by."""
    queue = operation.trigger
    if isinstance(queue, DeadLetters):
        return {"MALL_SOURCE_QUEUE_URL": parts.foundation.queues[queue.queue].dead_letter.queue_url}
    if not isinstance(queue, Queue):
        return {}
    url = parts.foundation.queues[queue.name].queue.queue_url
    return {"MALL_SOURCE_QUEUE_URL": url, "MALL_RECEIVES_MAX": str(queue.receives_max)}


def _description(operation: Operation) -> str:
    trigger = operation.trigger
    return trigger.route if isinstance(trigger, Http) else f"{operation.domain}: {operation.name}"
