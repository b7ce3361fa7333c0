"""Queues, each with a place for what could not be delivered. All encrypted, TLS only.

A queue's settings follow from the operation that consumes it: Lambda hides a batch for at least
six times the function's timeout, so that a retry of the poller never meets a running first try.
"""

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import nag
from infra.operations import OPERATIONS, Operation, Queue

VISIBILITY_TIMEOUTS = 6
_KEPT = cdk.Duration.days(14)


def failure_queue(scope: Construct, construct_id: str) -> sqs.Queue:
    """A queue that only people and redrives read; it keeps a message as long as SQS can."""
    queue = sqs.Queue(
        scope,
        construct_id,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=_KEPT,
    )
    nag.accept(queue, nag.END_OF_THE_LINE)
    return queue


class WorkQueue(Construct):
    """A queue and its dead-letter queue, shaped by the operation that consumes it."""

    def __init__(self, scope: Construct, construct_id: str, consumer: Operation) -> None:
        super().__init__(scope, construct_id)
        if not isinstance(consumer.trigger, Queue):
            raise TypeError(f"{consumer.name} consumes no queue")
        self.dead_letter = failure_queue(self, "DeadLetter")
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=_KEPT,
            visibility_timeout=cdk.Duration.seconds(VISIBILITY_TIMEOUTS * consumer.timeout_s),
            dead_letter_queue=sqs.DeadLetterQueue(
                max_receive_count=consumer.trigger.receives_max, queue=self.dead_letter
            ),
        )


def consumers() -> dict[str, Operation]:
    """The operation that consumes each queue, by the queue's name."""
    return {
        operation.trigger.name: operation
        for operation in OPERATIONS
        if isinstance(operation.trigger, Queue)
    }
