"""Everything that leaves a function, overheard: answers, logs, and what AWS is told or tells.

What KMS is handed is left out: that is where a seed belongs.
"""

import base64
import logging
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from botocore.client import BaseClient
from mall.http import Operation

from tests.functional.acts import everything

_SEALING = "kms"
_ASKING = "_make_api_call"  # private, and the one place through which every client asks


class Listener:
    """What was heard since it was last asked, as bytes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._heard: list[bytes] = []
        self._capsys = capsys
        self._listen_to_aws(monkeypatch)
        self._listen_to_answers(monkeypatch)
        self._listen_to_logs(monkeypatch)

    def heard(self) -> list[bytes]:
        """All of it, with every item that stands in a table now; then it listens anew."""
        printed = self._capsys.readouterr()
        self._heard += [printed.out.encode(), printed.err.encode(), *texts(everything())]
        heard, self._heard = self._heard, []
        return heard

    def _listen_to_aws(self, monkeypatch: pytest.MonkeyPatch) -> None:
        make = getattr(BaseClient, _ASKING)

        def overheard(client: Any, name: str, params: Any) -> Any:
            answer = make(client, name, params)
            if client.meta.service_model.service_name != _SEALING:
                self._heard += [*texts(params), *texts(answer)]
            return answer

        monkeypatch.setattr(BaseClient, _ASKING, overheard)

    def _listen_to_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        respond = Operation.respond

        def overheard(operation: Any, *asked: Any) -> Any:
            answer = respond(operation, *asked)
            self._heard += texts(answer)
            return answer

        monkeypatch.setattr(Operation, "respond", overheard)

    def _listen_to_logs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        handle = logging.Logger.handle

        def overheard(logger: logging.Logger, record: logging.LogRecord) -> None:
            self._heard += texts({**vars(record), "said": record.getMessage()})
            handle(logger, record)

        monkeypatch.setattr(logging.Logger, "handle", overheard)


def texts(value: object) -> Iterator[bytes]:
    """Every text and every run of bytes within a value."""
    if isinstance(value, Mapping):
        for name, held in value.items():
            yield from texts(name)
            yield from texts(held)
    elif isinstance(value, (bytes, bytearray)):
        yield bytes(value)
    elif isinstance(value, str):
        yield value.encode()
    elif isinstance(value, (list, tuple, set, frozenset)):
        for each in value:
            yield from texts(each)
    elif isinstance(value, (int, float, Decimal, BaseException)):
        yield str(value).encode()


def spelled(seed: bytes) -> list[bytes]:
    """Every way in which somebody may have written a seed."""
    standard, for_urls = base64.b64encode(seed), base64.urlsafe_b64encode(seed)
    return [
        seed,
        seed.hex().encode(),
        seed.hex().upper().encode(),
        standard.rstrip(b"="),
        for_urls.rstrip(b"="),
        base64.b32encode(seed).rstrip(b"="),
        str(int.from_bytes(seed)).encode(),
        repr(seed)[2:-1].encode(),
    ]


def leaks(heard: Iterable[bytes], seeds: Iterable[bytes]) -> list[bytes]:
    """What was heard of these seeds."""
    told = b"\n".join(heard)
    return [way for seed in seeds for way in spelled(seed) if way in told]
