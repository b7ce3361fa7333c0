"""One way to make an alarm: it pages the stage's topic, and silence is never an alarm."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

PERIOD = cdk.Duration.minutes(5)


def alarm(
    scope: Construct,
    construct_id: str,
    metric: cloudwatch.Metric,
    topic: sns.ITopic,
    description: str,
    *,
    threshold: int = 1,
) -> cloudwatch.Alarm:
    """Page `topic` when one period of `metric` reaches `threshold`."""
    made = cloudwatch.Alarm(
        scope,
        construct_id,
        metric=metric,
        threshold=threshold,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        alarm_description=description,
    )
    made.add_alarm_action(actions.SnsAction(topic))
    return made


def undelivered(scope: Construct, queue: sqs.IQueue, topic: sns.ITopic, name: str) -> None:
    """Page when anything waits in a queue of failures."""
    metric = queue.metric_approximate_number_of_messages_visible(
        period=PERIOD, statistic=cloudwatch.Stats.MAXIMUM
    )
    alarm(
        scope,
        f"{name}Undelivered",
        metric,
        topic,
        f"{name}: a message could not be handled. Read it, mend the cause, then redrive the queue.",
    )
