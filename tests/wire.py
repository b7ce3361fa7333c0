"""The wire between AWS clients and the engine: every round trip of every service can be watched.

A tap sees each call before it is sent. It lets the call through (returns None), answers in the
engine's place, sends it itself and hides the answer, or raises; so what the SDK does about an
answer, its own repetitions included, is the real thing.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, cast

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.httpsession import URLLib3Session


@dataclass(frozen=True)
class Call:
    """One request on its way to a service. `body` tells a repetition by the SDK from a new call."""

    service: str
    operation: str
    request: AWSPreparedRequest = field(repr=False)
    _session: URLLib3Session = field(repr=False)

    @property
    def body(self) -> bytes:
        """What is sent."""
        sent = self.request.body
        return sent.encode() if isinstance(sent, str) else bytes(cast(bytes, sent or b""))

    def send(self) -> AWSResponse:
        """Let the engine do it, and return its answer."""
        answer: AWSResponse = self._session.send(self.request)
        return answer


Tap = Callable[[Call], AWSResponse | None]


class Wire:
    """What the clients of one session send. One tap at a time; without one, all goes through."""

    def __init__(self, session: boto3.Session) -> None:
        self._tap: Tap | None = None
        self._session = URLLib3Session(max_pool_connections=64)
        session.events.register("before-send", self._sending)

    @contextmanager
    def tapped(self, tap: Tap) -> Iterator[None]:
        """Let `tap` see every call for as long as the block lasts."""
        self._tap = tap
        try:
            yield
        finally:
            self._tap = None

    def _sending(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> Any:
        if self._tap is None:
            return None
        service, operation = event_name.split(".")[1:]
        return self._tap(Call(service, operation, request, self._session))


class _Body(BytesIO):
    def stream(self, **_: object) -> Iterator[bytes]:
        """What botocore reads an answer's content with."""
        yield self.read()


def answered(status: int, body: Mapping[str, Any] | bytes) -> AWSResponse:
    """An answer in DynamoDB's protocol, made here; bytes are sent as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = HTTPHeaders()
    headers["Content-Type"] = "application/x-amz-json-1.0"
    return AWSResponse("https://engine.example.test", status, headers, _Body(content))
