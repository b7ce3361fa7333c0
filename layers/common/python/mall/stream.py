"""The entry wrapper of stream consumers: new images in plain values, failures reported."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)  # fmt: skip
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from mall.store.wire import from_stream

logger = Logger()

Image = Mapping[str, Any]


class Follower:
    """A Lambda handler that tells its story once per inserted or changed item."""

    def __init__(self, story: Callable[[Image], object]) -> None:
        self.story = story
        self.__doc__ = story.__doc__

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Handle one batch; the answer names the records that failed."""
        processor = BatchProcessor(EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)
        answer = process_partial_response(event, self._handle, processor, context)
        failed = [item["itemIdentifier"] for item in answer["batchItemFailures"]]
        logger.info("followed", records=len(event["Records"]), failed=failed)
        return dict(answer)

    def _handle(self, record: DynamoDBRecord) -> None:
        image = record["dynamodb"].get("NewImage")
        if not image:
            return
        try:
            self.story(from_stream(image))
        except Exception:
            logger.exception("failed", event_id=record.event_id)
            raise


def follower(story: Callable[[Image], object]) -> Follower:
    """Make a story of one changed item a stream consumer."""
    return Follower(story)
