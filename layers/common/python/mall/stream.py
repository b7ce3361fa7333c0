"""The entry wrappers of stream consumers: images in plain values, failures reported.

`follower` tells its story once per item that appeared or changed, `batch_follower` once per batch,
of everything that happened, removals included.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

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


@dataclass(frozen=True)
class Change:
    """What happened to one item. `old` is empty for one that appeared, `new` for one removed."""

    kind: Literal["INSERT", "MODIFY", "REMOVE"]
    key: Image
    new: Image
    old: Image


class BatchFollower:
    """A Lambda handler that tells its story once per batch.

    When the story raises, the batch comes again and is halved to find what cannot be followed; so
    a story must bear to be told twice.
    """

    def __init__(self, story: Callable[[Sequence[Change]], object]) -> None:
        self.story = story
        self.__doc__ = story.__doc__

    def __call__(self, event: dict[str, Any], context: object) -> dict[str, Any]:
        """Handle one batch, all or none of it."""
        changes = [_change(record) for record in event["Records"]]
        self.story(changes)
        logger.info("followed", records=len(changes))
        return {"batchItemFailures": []}


def batch_follower(story: Callable[[Sequence[Change]], object]) -> BatchFollower:
    """Make a story of a batch of changes a stream consumer."""
    return BatchFollower(story)


def _change(record: Mapping[str, Any]) -> Change:
    held = record["dynamodb"]
    images = {name: from_stream(held.get(name) or {}) for name in ("Keys", "NewImage", "OldImage")}
    return Change(record["eventName"], images["Keys"], images["NewImage"], images["OldImage"])
