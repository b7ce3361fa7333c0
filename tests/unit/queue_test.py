"""The entry wrapper of queues: pauses that grow, and what is given up at the last try."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from mall import queue, received
from mall.queue import Consumer, consumer, pause_s
from pydantic import BaseModel

RECEIVES_MAX = 3


class Errand(BaseModel):
    """A message."""

    number: int


class Broken(Exception):
    """What a story fails with here."""


@pytest.fixture(autouse=True)
def _known_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    known = SimpleNamespace(receives_max=RECEIVES_MAX, source_queue_url="the queue")
    for door in (queue, received):
        monkeypatch.setattr(door, "settings", lambda: known)


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
    """Which messages were hidden, by handle, and for how long."""
    seen: list[tuple[str, str, int]] = []
    monkeypatch.setattr(received, "hide", lambda *asked: seen.append(asked))
    return seen


def _deliver(to: Consumer[Errand], tries: int, *bodies: str) -> list[str]:
    records: list[dict[str, Any]] = [
        {
            "messageId": str(number),
            "receiptHandle": f"handle {number}",
            "attributes": {"ApproximateReceiveCount": str(tries)},
            "body": body,
        }
        for number, body in enumerate(bodies)
    ]
    failures = to({"Records": records}, None)["batchItemFailures"]
    return [failure["itemIdentifier"] for failure in failures]


def _body(number: int) -> str:
    return json.dumps({"number": number})


def _breaks(errand: Errand) -> None:
    if errand.number == 0:
        raise Broken


def should_pause_longer_after_each_try_up_to_what_the_queue_can() -> None:
    pauses = [pause_s(tries) for tries in range(1, 12)]
    assert pauses[:5] == [10, 40, 160, 640, 2560]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 12 * 60 * 60


def should_hide_what_failed_and_report_it_alone(hidden: list[tuple[str, str, int]]) -> None:
    told = consumer(Errand)(_breaks)
    assert _deliver(told, 2, _body(1), _body(0), _body(2)) == ["1"]
    assert hidden == [("the queue", "handle 1", 40)]


def should_report_what_it_could_not_hide(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> None:
        raise Broken

    monkeypatch.setattr(received, "hide", refuses)
    assert _deliver(consumer(Errand)(_breaks), 1, _body(0), _body(1)) == ["0"]


def should_give_up_at_the_last_try_and_not_before(hidden: list[tuple[str, str, int]]) -> None:
    given_up: list[tuple[int, Exception]] = []

    def give_up(errand: Errand, error: Exception) -> None:
        given_up.append((errand.number, error))

    told = consumer(Errand, gives_up=give_up)(_breaks)
    for tries in range(1, RECEIVES_MAX):
        assert _deliver(told, tries, _body(0)) == ["0"]
    assert given_up == []
    assert _deliver(told, RECEIVES_MAX, _body(0), _body(1)) == []
    [(number, error)] = given_up
    assert (number, type(error)) == (0, Broken)


def should_leave_to_the_dead_letters_what_cannot_even_be_given_up(
    hidden: list[tuple[str, str, int]],
) -> None:
    def give_up(_: Errand, error: Exception) -> None:
        raise error

    told = consumer(Errand, gives_up=give_up)(_breaks)
    assert _deliver(told, RECEIVES_MAX, _body(0)) == ["0"]


@pytest.mark.parametrize("body", ["", "{", "{}", "null"])
def should_never_give_up_for_somebody_what_cannot_be_read(
    body: str, hidden: list[tuple[str, str, int]]
) -> None:
    given_up: list[Errand] = []
    told = consumer(Errand, gives_up=lambda errand, _: given_up.append(errand))(_breaks)
    assert _deliver(told, RECEIVES_MAX, body, _body(1)) == ["0"]
    assert given_up == []
