"""The entry wrapper of FIFO queue consumers: the messages of one group together, in their order.

A story settles them all, or raises. Then they are tried one by one, so that what cannot be handled
keeps nobody waiting who stands before it: it goes back with all that came after it in its group,
and all of them come again after a pause. So a story must bear to be told twice.

Only an error of its own ends a message: what fails alone at its fifth try or later is given up,
and the line moves on, because those behind it were sent back with it each time. Rivals, throttling
and an AWS that is silent are no message's fault. Whoever they hinder waits, however often, while
the others are served; the second that is hindered tells that everybody is, and the whole line
rests. That pages from the fifth time on, and what comes again too often even so (`receives_max` of
the queue, an hour or more), or dies each time, ends in the dead-letter queue.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel

from mall import received
from mall.errors import Busy
from mall.metrics import measure
from mall.received import Record

M = TypeVar("M", bound=BaseModel)

_PAUSE_S = 5  # the line stands still for so long; twice as long after each further try
_PAUSE_S_MAX = 60
_TRIES_MAX = 5  # of what fails by itself
_HINDERED_MAX = 2  # of one batch: then it is no use to try the others
_HINDRANCES = (Busy, ClientError, BotoCoreError)
HELD_UP = "LineHeldUp"

logger = Logger()


class GroupConsumer(Generic[M]):
    """A Lambda handler that tells its story once per message group of a batch."""

    def __init__(
        self,
        story: Callable[[Sequence[M]], object],
        message: type[M],
        gives_up: Callable[[M], object],
    ) -> None:
        self.story = story
        self._message = message
        self._gives_up = gives_up
        self.__doc__ = story.__doc__

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Handle one batch; the answer names the messages that go back."""
        groups: dict[str, list[Record]] = {}
        for record in event["Records"]:
            groups.setdefault(record["attributes"]["MessageGroupId"], []).append(record)
        settled = {each["messageId"] for group in groups.values() for each in self._settled(group)}

        def confirm(record: SQSRecord) -> None:
            if record.message_id not in settled:
                raise LookupError(f"message {record.message_id} is not settled")

        return received.answer(event, context, confirm, groups=len(groups))

    def _settled(self, group: Sequence[Record]) -> Sequence[Record]:
        """The messages of a group that need not come again."""
        try:
            self._tell(group)
        except Exception:
            logger.exception("failed", message_ids=[record["messageId"] for record in group])
        else:
            return group
        settled, hindered = self._one_by_one(group)
        back = [record for record in group if record not in settled]
        if hindered and received.tries(back[0]) >= _TRIES_MAX:
            measure(HELD_UP)
        others_served = settled and len(back) == hindered
        for record in back:
            received.pause(record, _pause_s(1 if others_served else received.tries(back[0])))
        return settled

    def _one_by_one(self, group: Sequence[Record]) -> tuple[list[Record], int]:
        """The messages that are settled when each is told alone, and how many were hindered."""
        settled: list[Record] = []
        hindered = 0
        for record in group:
            try:
                self._tell_or_give_up(record)
                settled.append(record)
            except _HINDRANCES:
                logger.exception("hindered", message_id=record["messageId"])
                hindered += 1
                if hindered == _HINDERED_MAX:
                    break
            except Exception:
                logger.exception("failed", message_id=record["messageId"])
                break
        return settled, hindered

    def _tell_or_give_up(self, record: Record) -> None:
        try:
            self._tell([record])
        except _HINDRANCES:
            raise
        except Exception:
            if received.tries(record) < _TRIES_MAX:
                raise
            logger.exception("given up", message_id=record["messageId"])
            self._gives_up(self._message.model_validate_json(record["body"]))

    def _tell(self, records: Sequence[Record]) -> None:
        self.story([self._message.model_validate_json(each["body"]) for each in records])


def group_consumer(
    message: type[M], *, gives_up: Callable[[M], object]
) -> Callable[[Callable[[Sequence[M]], object]], GroupConsumer[M]]:
    """Make a story of the messages of one group the consumer of a FIFO queue.

    `gives_up` is told of a message that there is no further try for, and settles it.
    """
    return lambda story: GroupConsumer(story, message, gives_up)


def _pause_s(after: int) -> int:
    """Seconds to wait after so many tries: 5, 10, 20, 40, 60."""
    return int(min(_PAUSE_S * 2 ** (after - 1), _PAUSE_S_MAX))
