"""Measuring: an act's process time against another's, with DynamoDB's answers recorded.

Both sides of a ratio are measured in the same run, in turns, so it travels between machines.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from botocore.awsrequest import AWSResponse

from tests.engine import Engine
from tests.wire import Call, answered

ROUNDS = 15
CALLS_PER_ROUND = 40
LENGTHS = (10, 1_000, 20_000)


class Compared(NamedTuple):
    """Seconds of an act and of another in their best round, and the median ratio of all rounds.

    What a round takes above the best one is other work on the same processor.
    """

    one_s: float
    other_s: float
    ratio: float


class Bare(NamedTuple):
    """One bare `transact_write_items` call, and the answers that the recorded act was given."""

    call: Callable[[], None]
    answers: Mapping[str, bytes]


def recorded(engine: Engine, act: Callable[[], None]) -> Bare:
    """Do an act once for real; what DynamoDB answered, and its transaction as a bare call."""
    client = engine.dynamodb
    answers: dict[str, bytes] = {}
    request: dict[str, Any] = {}

    def record(call: Call) -> AWSResponse:
        answer = call.send()
        answers[call.operation] = answer.content
        return answer

    def keep(params: Mapping[str, Any], **_: object) -> None:
        request.update(params)

    event = "provide-client-params.dynamodb.TransactWriteItems"
    client.meta.events.register(event, keep)
    with engine.wire.tapped(record), silent():
        act()
    client.meta.events.unregister(event, keep)

    def call() -> None:
        client.transact_write_items(**request)

    return Bare(call, answers)


def against_bare(engine: Engine, act: Callable[[], None], bare: Bare) -> Compared:
    """An act against the bare call; nothing leaves the process, the recorded answers come back."""
    with engine.wire.tapped(lambda call: answered(200, bare.answers[call.operation])), silent():
        return compared(act, bare.call)


@contextmanager
def silent() -> Iterator[None]:
    """The handler's log lines are written, and not shown."""
    sys.stdout.flush()
    shown = os.dup(1)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            sys.stdout.flush()
            os.dup2(shown, 1)
            os.close(shown)


def compared(one: Callable[[], None], other: Callable[[], None]) -> Compared:
    """An act against another, in rounds in which both take their turn."""
    for act in (one, other):
        _seconds(act)  # what is built at first is built now
    times = [(_seconds(one), _seconds(other)) for _ in range(ROUNDS)]
    return Compared(
        min(first for first, _ in times),
        min(second for _, second in times),
        statistics.median(first / second for first, second in times),
    )


def _seconds(act: Callable[[], None]) -> float:
    began = time.process_time()
    for _ in range(CALLS_PER_ROUND):
        act()
    return (time.process_time() - began) / CALLS_PER_ROUND


def print_header(title: str) -> None:
    """The head of a table of counts by ledger length."""
    print(title)
    print(f"  {'entries':>8} {'round trips':>12} {'read units':>11} {'write units':>12}")
