"""The entry wrapper of queue consumers: each message by itself, failures reported one by one.

A message whose story raises goes back to the queue and comes again after a pause that grows with
each try. What the last try fails at is given up, where the operation says how; else, and where
that fails too, the message ends in the dead-letter queue, as does what cannot be read. Redriving
it is harmless, because stories are idempotent on (id, version).
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import BaseModel

from mall import received
from mall.settings import settings

M = TypeVar("M", bound=BaseModel)
GivesUp = Callable[[M, Exception], object]

PAUSE_S = 10  # after the first try; four times as long after each further one
_GROWTH = 4
_PAUSE_S_MAX = 12 * 60 * 60  # as long as SQS hides a message

logger = Logger()


def pause_s(tries: int) -> int:
    """Seconds to wait after so many tries have failed: 10, 40, 160, 640, up to 12 hours."""
    return int(min(PAUSE_S * _GROWTH ** (tries - 1), _PAUSE_S_MAX))


class Consumer(Generic[M]):
    """A Lambda handler that tells its story once per message of model `M`."""

    def __init__(
        self, story: Callable[[M], object], message: type[M], gives_up: GivesUp[M] | None
    ) -> None:
        self.story = story
        self._message = message
        self._gives_up = gives_up
        self.__doc__ = story.__doc__

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Handle one batch; the answer names the messages that failed."""
        return received.answer(event, context, self._handle)

    def _handle(self, record: SQSRecord) -> None:
        tries = received.tries(record.raw_event)
        try:
            self._tell(self._message.model_validate_json(record.body), tries)
        except Exception:
            logger.exception("failed", message_id=record.message_id)
            received.pause(record.raw_event, pause_s(tries))
            raise

    def _tell(self, message: M, tries: int) -> None:
        try:
            self.story(message)
        except Exception as error:
            if self._gives_up is None or tries < settings().receives_max:
                raise
            logger.exception("given up", tries=tries)
            self._gives_up(message, error)


def consumer(
    message: type[M], *, gives_up: GivesUp[M] | None = None
) -> Callable[[Callable[[M], object]], Consumer[M]]:
    """Make a story of one message a queue consumer.

    `gives_up` is told of a message and its error when there is no further try, and settles it.
    """
    return lambda story: Consumer(story, message, gives_up)
