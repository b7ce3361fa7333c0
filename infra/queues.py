"""Queues, each with a place for what could not be delivered. All encrypted, TLS only.

A queue's settings follow from the operation that consumes it: Lambda hides a batch for at least
six times the function's timeout, so that a retry of the poller never meets a running first try.
"""

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import nag
from infra.operations import OPERATIONS, DeadLetters, Operation, Queue

VISIBILITY_TIMEOUTS = 6
_KEPT = cdk.Duration.days(14)


def pascal(name: str) -> str:
    """A name of the operations table as CloudFormation can spell it: `refund_payment` too."""
    return "".join(word.capitalize() for word in name.split("_"))


def failure_queue(
    scope: Construct, construct_id: str, *, fifo: bool = False, reader: Operation | None = None
) -> sqs.Queue:
    """A queue for what failed; it keeps a message as long as SQS can.

    Only people and redrives read it, unless an operation gives up in order what ends there.
    """
    queue = sqs.Queue(
        scope,
        construct_id,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=_KEPT,
        fifo=fifo or None,
        visibility_timeout=_hidden(reader) if reader else None,
    )
    nag.accept(queue, nag.END_OF_THE_LINE)
    return queue


class WorkQueue(Construct):
    """A queue and its dead-letter queue, shaped by the operation that consumes it."""

    def __init__(self, scope: Construct, construct_id: str, consumer: Operation) -> None:
        super().__init__(scope, construct_id)
        if not isinstance(consumer.trigger, Queue):
            raise TypeError(f"{consumer.name} consumes no queue")
        ordered = consumer.trigger.fifo
        self.dead_letter = failure_queue(
            self, "DeadLetter", fifo=ordered, reader=_readers().get(consumer.trigger.name)
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=_KEPT,
            visibility_timeout=_hidden(consumer),
            fifo=ordered or None,
            # Both together let SQS serve each message group at a rate of its own.
            deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP if ordered else None,
            fifo_throughput_limit=(
                sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID if ordered else None
            ),
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


def _readers() -> dict[str, Operation]:
    """The operation that consumes the dead letters of a queue, by the queue's name."""
    return {
        operation.trigger.queue: operation
        for operation in OPERATIONS
        if isinstance(operation.trigger, DeadLetters)
    }


def _hidden(consumer: Operation) -> cdk.Duration:
    """How long a message stays hidden that was handed to an operation."""
    return cdk.Duration.seconds(VISIBILITY_TIMEOUTS * consumer.timeout_s)
