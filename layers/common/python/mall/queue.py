"""The entry wrapper of queue consumers: each message by itself, failures reported one by one.

A message whose story raises goes back to the queue and, after its last attempt, to the
dead-letter queue. Redriving it is harmless, because stories are idempotent on (id, version).
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)  # fmt: skip
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)

logger = Logger()


class Consumer(Generic[M]):
    """A Lambda handler that tells its story once per message of model `M`."""

    def __init__(self, story: Callable[[M], object], message: type[M]) -> None:
        self.story = story
        self._message = message
        self.__doc__ = story.__doc__

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Handle one batch; the answer names the messages that failed."""
        processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
        answer = process_partial_response(event, self._handle, processor, context)
        failed = [item["itemIdentifier"] for item in answer["batchItemFailures"]]
        logger.info("consumed", messages=len(event["Records"]), failed=failed)
        return dict(answer)

    def _handle(self, record: SQSRecord) -> None:
        try:
            self.story(self._message.model_validate_json(record.body))
        except Exception:
            logger.exception("failed", message_id=record.message_id)
            raise


def consumer(message: type[M]) -> Callable[[Callable[[M], object]], Consumer[M]]:
    """Make a story of one message a queue consumer."""
    return lambda story: Consumer(story, message)
