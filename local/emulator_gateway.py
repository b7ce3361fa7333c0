"""Start MiniStack as if a gateway in front of it had taken off the TLS, as load balancers do.

Queues, topics and buckets of our stacks refuse what comes without TLS, here as in AWS. Callers on
this machine speak plain HTTP over the loopback address, where there is nothing to listen in on; so
each request is passed on as one that came by https. Runs on the emulator's own interpreter.

Standard input is a pipe from whoever started the emulator. When it ends, nobody is left to stop the
emulator, so it stops itself and saves its state.
"""

import functools
import os
import signal
import subprocess
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ministack import app as ministack
from ministack.core.lambda_runtime import Worker

STARTS_MAX = 5

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_emulate = ministack.app


async def gateway(scope: Scope, receive: Receive, send: Send) -> None:
    """Pass a request on to the emulator with the scheme that callers in AWS would have used."""
    if scope["type"] == "http":
        scope = {**scope, "scheme": "https"}
    await _emulate(scope, receive, send)


def start_again(start: Callable[[Any], None]) -> Callable[[Any], None]:
    """Start another process where one is killed while it starts, as Lambda does.

    MiniStack would fail the request, and stop every other worker of the function as well. A
    function that cannot start, because its code is wrong, still fails at once.
    """

    @functools.wraps(start)
    def start_worker(worker: Any) -> None:
        for _ in range(STARTS_MAX - 1):
            try:
                return start(worker)
            except (RuntimeError, OSError):
                if not was_killed(worker._proc):
                    raise
        return start(worker)

    return start_worker


def was_killed(process: subprocess.Popen[str] | None) -> bool:
    """Whether a signal ended the process; not if it lives, never lived, or ended by itself."""
    try:
        return process is not None and process.wait(1) < 0
    except subprocess.TimeoutExpired:
        return False


def stop_when_orphaned() -> None:
    """Wait for the end of standard input, then stop as if someone had asked for it."""
    while os.read(0, 1):  # not sys.stdin, whose lock a waiting thread would hold at the end
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=stop_when_orphaned, daemon=True).start()
    Worker._spawn = start_again(Worker._spawn)
    ministack.app = gateway
    ministack.main()
