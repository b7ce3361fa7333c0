"""Messages received from a queue, as both of its entry wrappers treat them."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)  # fmt: skip
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from mall.events import hide
from mall.settings import settings

Record = Mapping[str, Any]

logger = Logger()


def answer(
    event: Mapping[str, Any], context: Any, handle: Callable[[SQSRecord], object], **told: Any
) -> dict[str, Any]:
    """Handle a batch; the answer names the messages for which `handle` raised. `told` is logged."""
    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    found = process_partial_response(dict(event), handle, processor, context)
    failed = [item["itemIdentifier"] for item in found["batchItemFailures"]]
    logger.info("consumed", messages=len(event["Records"]), **told, failed=failed)
    return dict(found)


def tries(record: Record) -> int:
    """How often this message was received, this time included."""
    return int(record["attributes"]["ApproximateReceiveCount"])


def pause(record: Record, seconds: int) -> None:
    """Hide a message; where that fails too, it stays hidden as long as its queue says."""
    try:
        hide(settings().source_queue_url, record["receiptHandle"], seconds)
    except Exception:
        logger.exception("not hidden", message_id=record["messageId"])
