"""Faults on the wire: what AWS does at its worst, and what the emulator never does by itself.

`Strike(3, dies_after)` lets two calls through and strikes at the third. The process that died
makes no further call: whatever it tries raises `Killed`, which no handler can catch.
"""

import json
import threading
from collections.abc import Callable

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from tests.wire import Call, answered

Fault = Callable[[Call], AWSResponse | None]
_WRITES = ("TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem")
_NAMESPACE = "com.amazonaws.dynamodb.v20120810#"


class Killed(BaseException):
    """The process is gone."""


def dies_before(_: Call) -> AWSResponse:
    """The process dies, and the call never leaves."""
    raise Killed


def dies_after(call: Call) -> AWSResponse:
    """The call takes effect, and the process dies before it hears of it."""
    call.send()
    raise Killed


def cannot_connect(call: Call) -> AWSResponse:
    """The call never arrives."""
    raise ConnectTimeoutError(endpoint_url=call.request.url)


def loses_the_answer(call: Call) -> AWSResponse:
    """The call takes effect, and the answer never arrives."""
    call.send()
    raise ReadTimeoutError(endpoint_url=call.request.url)


def conflicts(call: Call) -> AWSResponse | None:
    """Another transaction is at the last item that the call writes; reads are let through."""
    if call.operation not in _WRITES or call.service != "dynamodb":
        return None
    return _refused(call, "TransactionConflictException", "TransactionConflict")


def throttles(call: Call) -> AWSResponse | None:
    """The partition is too hot, for reads as well."""
    if call.service != "dynamodb":
        return None
    return _refused(call, "ProvisionedThroughputExceededException", "ThrottlingError")


def _refused(call: Call, alone: str, in_a_transaction: str) -> AWSResponse:
    if call.operation != "TransactWriteItems":
        return answered(400, {"__type": _NAMESPACE + alone, "message": "as on a busy day"})
    others = len(json.loads(call.body)["TransactItems"]) - 1
    reasons = [{"Code": "None"}] * others + [{"Code": in_a_transaction, "Message": "as AWS does"}]
    document = {
        "__type": f"{_NAMESPACE}TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
        "CancellationReasons": reasons,
    }
    return answered(400, document)


class Strike:
    """A tap that strikes at one call of a run, and by default at the SDK's repetitions of it."""

    def __init__(self, number: int, fault: Fault, *, repeatedly: bool = True) -> None:
        self._number = number
        self._fault = fault
        self._repeatedly = repeatedly
        self._body: bytes | None = None
        self._dead = False
        self._lock = threading.Lock()
        self.calls = 0

    @property
    def struck(self) -> bool:
        """Whether the run came as far as the call."""
        return self._body is not None

    def __call__(self, call: Call) -> AWSResponse | None:
        """Strike, or let the call through."""
        with self._lock:
            if self._dead:
                raise Killed
            self.calls += 1
            again = self._repeatedly and call.body == self._body
            if self.calls != self._number and not again:
                return None
            self._body = call.body
        try:
            return self._fault(call)
        except Killed:
            self._dead = True
            raise


class Always:
    """A tap that strikes at every call that the fault is about, `times` times at most."""

    def __init__(self, fault: Fault, times: int = 10**9) -> None:
        self._fault = fault
        self._times = times
        self.struck = 0

    def __call__(self, call: Call) -> AWSResponse | None:
        """Strike, or let the call through."""
        if self.struck >= self._times:
            return None
        answer = self._fault(call)
        self.struck += answer is not None
        return answer
