"""The entry wrapper of FIFO queues: whom an error sends back, for how long, and whom it ends."""

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from mall import fifo, received
from mall.errors import Busy
from mall.fifo import HELD_UP, GroupConsumer, group_consumer
from pydantic import BaseModel

from infra.operations import Queue
from tests.stage import BY_NAME

DENIED = ClientError({"Error": {"Code": "AccessDeniedException"}}, "PutItem")
HINDRANCES = [Busy(), DENIED, EndpointConnectionError(endpoint_url="https://sqs")]
_EVERYBODY = range(100)


class Turn(BaseModel):
    """A message."""

    number: int


class Line:
    """A consumer that tells of what it did. `errors` says with what each number fails."""

    def __init__(self) -> None:
        self.errors: dict[int, Exception] = {}
        self.served: list[int] = []
        self.given_up: list[int] = []
        self.told = 0
        self.consumer: GroupConsumer[Turn] = group_consumer(Turn, gives_up=self._give_up)(
            self._story
        )

    def _story(self, turns: Sequence[Turn]) -> None:
        self.told += 1
        for turn in turns:
            if turn.number in self.errors:
                raise self.errors[turn.number]
        self.served += [turn.number for turn in turns]

    def _give_up(self, turn: Turn) -> None:
        self.given_up.append(turn.number)

    def deliver(self, numbers: Sequence[int], tries: int = 1) -> list[int]:
        """Hand these over at their so manieth try; those that go back."""
        records: list[dict[str, Any]] = [
            {
                "messageId": str(number),
                "receiptHandle": str(number),
                "attributes": {"ApproximateReceiveCount": str(tries), "MessageGroupId": "line"},
                "body": json.dumps({"number": number}),
            }
            for number in numbers
        ]
        failures = self.consumer({"Records": records}, None)["batchItemFailures"]
        return [int(failure["itemIdentifier"]) for failure in failures]


@pytest.fixture
def line() -> Line:
    """A line that nothing hinders yet."""
    return Line()


@pytest.fixture(autouse=True)
def hidden(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Which messages were hidden, and for how many seconds."""
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(received, "settings", lambda: SimpleNamespace(source_queue_url="queue"))
    monkeypatch.setattr(received, "hide", lambda _, handle, s: seen.append((int(handle), s)))
    return seen


@pytest.fixture(autouse=True)
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was measured."""
    seen: list[str] = []
    monkeypatch.setattr(fifo, "measure", seen.append)
    return seen


def should_settle_a_line_at_once(line: Line, hidden: list[tuple[int, int]]) -> None:
    assert line.deliver([0, 1, 2]) == []
    assert (line.served, line.told, hidden) == ([0, 1, 2], 1, [])


def should_send_back_an_error_of_its_own_with_all_behind_it(line: Line) -> None:
    line.errors[1] = RuntimeError()
    assert line.deliver([0, 1, 2], tries=4) == [1, 2]
    assert (line.served, line.given_up) == ([0], [])


@pytest.mark.parametrize("tries", [5, 6, 64])
def should_give_up_an_error_of_its_own_from_the_fifth_try_on(line: Line, tries: int) -> None:
    line.errors[1] = RuntimeError()
    assert line.deliver([0, 1, 2], tries) == []
    assert (line.served, line.given_up) == ([0, 2], [1])


@pytest.mark.parametrize("error", HINDRANCES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("tries", [1, 5, 64])
def should_never_give_up_what_others_hinder(line: Line, tries: int, error: Exception) -> None:
    line.errors = dict.fromkeys(_EVERYBODY, error)
    assert line.deliver([0, 1, 2, 3], tries) == [0, 1, 2, 3]
    assert (line.served, line.given_up) == ([], [])
    assert line.told == 3  # together, and two alone: then it is known to be everybody


def should_serve_the_others_while_one_is_hindered(
    line: Line, hidden: list[tuple[int, int]]
) -> None:
    """Whoever moves points without a pause holds up nobody else, and the line rests shortly."""
    line.errors[0] = Busy()
    assert line.deliver([0, 1, 2], tries=20) == [0]
    assert (line.served, line.given_up) == ([1, 2], [])
    assert hidden == [(0, 5)]


def should_try_again_whoever_cannot_even_be_given_up(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_: Turn) -> None:
        raise Busy()

    monkeypatch.setattr(line.consumer, "_gives_up", busy)
    line.errors[0] = RuntimeError()
    assert line.deliver([0, 1], tries=5) == [0]
    assert line.served == [1]


@pytest.mark.parametrize(("tries", "seconds"), [(1, 5), (2, 10), (4, 40), (5, 60), (64, 60)])
def should_let_a_line_rest_longer_after_each_try_but_a_minute_at_most(
    line: Line, hidden: list[tuple[int, int]], tries: int, seconds: int
) -> None:
    line.errors = dict.fromkeys(_EVERYBODY, Busy())
    line.deliver([0, 1], tries)
    assert hidden == [(0, seconds), (1, seconds)]


def should_page_when_a_line_is_held_up_for_the_fifth_time(line: Line, pages: list[str]) -> None:
    line.errors = dict.fromkeys(_EVERYBODY, Busy())
    line.deliver([0, 1], tries=4)
    assert pages == []
    line.deliver([0, 1], tries=5)
    assert pages == [HELD_UP]


def should_bear_an_hour_without_using_up_the_tries_of_the_queue(
    line: Line, hidden: list[tuple[int, int]]
) -> None:
    """What the documents promise."""
    queue = BY_NAME["redeem_queued"].trigger
    assert isinstance(queue, Queue)
    line.errors[0] = Busy()
    for tries in range(1, queue.receives_max):
        assert line.deliver([0], tries) == [0]
    assert sum(seconds for _, seconds in hidden) >= 60 * 60
