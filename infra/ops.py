"""MallOps: who is told when something fails, and one dashboard to look at then.

It watches what belongs to no single domain: the API and the queues of the foundation. Domain
stacks bring the alarms of their own functions to the same topic.
"""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.alarms import PERIOD, alarm, undelivered
from infra.foundation import Foundation
from infra.operations import OPERATIONS
from infra.queues import pascal
from infra.stage import MallStage

_SERVER_ERRORS_MAX = 5


class Ops(cdk.Stack):
    """Alarm topic, shared alarms, dashboard."""

    def __init__(
        self, scope: Construct, construct_id: str, stage: MallStage, foundation: Foundation
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            stack_name=stage.stack_name(construct_id),
            env=stage.environment,
            description="Points mall: alarms and dashboard",
        )
        self.stage = stage
        self.foundation = foundation
        self.topic = self._topic()
        for name, work in foundation.queues.items():
            undelivered(self, work.dead_letter, self.topic, f"{pascal(name)}DeadLetter")
        undelivered(self, foundation.stream_failures, self.topic, "StreamFailures")
        alarm(
            self,
            "ApiServerErrors",
            self._api_metric("5xx", cloudwatch.Stats.SUM),
            self.topic,
            "Members see server errors. Start with the API's access log, then the function's.",
            threshold=_SERVER_ERRORS_MAX,
        )
        self._add_dashboard()

    def _topic(self) -> sns.Topic:
        topic = sns.Topic(self, "Alarms", topic_name=self.stage.named("alarms"), enforce_ssl=True)
        # A topic with a policy of its own loses the default one that lets alarms publish.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
            )
        )
        if self.stage.alarm_email:
            topic.add_subscription(subscriptions.EmailSubscription(self.stage.alarm_email))
        return topic

    def _api_metric(self, name: str, statistic: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name=name,
            dimensions_map={"ApiId": self.foundation.api.id},
            period=PERIOD,
            statistic=statistic,
        )

    def _function_metrics(self, name: str, statistic: str) -> list[cloudwatch.IMetric]:
        return [
            cloudwatch.Metric(
                namespace="AWS/Lambda",
                metric_name=name,
                dimensions_map={"FunctionName": self.stage.named(operation.name)},
                period=PERIOD,
                statistic=statistic,
                label=operation.name,
            )
            for operation in OPERATIONS
        ]

    def _waiting(self) -> list[cloudwatch.IMetric]:
        queues = [self.foundation.stream_failures]
        for work in self.foundation.queues.values():
            queues += [work.queue, work.dead_letter]
        return [
            queue.metric_approximate_number_of_messages_visible(period=PERIOD) for queue in queues
        ]

    def _table_metrics(self, name: str) -> list[cloudwatch.IMetric]:
        return [
            cloudwatch.Metric(
                namespace="AWS/DynamoDB",
                metric_name=name,
                dimensions_map={"TableName": table.table_name},
                period=PERIOD,
                statistic=cloudwatch.Stats.SUM,
                label=f"{label} {name}",
            )
            for label, table in self.foundation.tables.items()
        ]

    def _add_dashboard(self) -> None:
        stats = cloudwatch.Stats
        graphs: dict[str, list[cloudwatch.IMetric]] = {
            "Requests and errors": [
                self._api_metric(name, stats.SUM) for name in ("Count", "4xx", "5xx")
            ],
            "Latency, ms": [self._api_metric("Latency", statistic) for statistic in ("p50", "p99")],
            "Function errors": self._function_metrics("Errors", stats.SUM),
            "Function p99 duration, ms": self._function_metrics("Duration", "p99"),
            "Messages waiting": self._waiting(),
            "Table writes and conflicts": [
                *self._table_metrics("ConsumedWriteCapacityUnits"),
                *self._table_metrics("TransactionConflict"),
            ],
        }
        dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=self.stage.named("mall"))
        widgets = [
            cloudwatch.GraphWidget(title=title, left=metrics, width=12)
            for title, metrics in graphs.items()
        ]
        for first in range(0, len(widgets), 2):
            dashboard.add_widgets(*widgets[first : first + 2])
