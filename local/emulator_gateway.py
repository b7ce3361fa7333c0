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
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ministack import app as ministack
from ministack.core.lambda_runtime import Worker

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_emulate = ministack.app


async def gateway(scope: Scope, receive: Receive, send: Send) -> None:
    """Pass a request on to the emulator with the scheme that callers in AWS would have used."""
    if scope["type"] == "http":
        scope = {**scope, "scheme": "https"}
    await _emulate(scope, receive, send)


def fail_alone(invoke: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Let one worker that cannot be started fail one request, as in Lambda.

    MiniStack would stop every other worker of the function too, those that are just starting
    included, which then fail in their turn: a crowd could keep a function down for minutes.
    """

    @functools.wraps(invoke)
    def invoke_worker(worker: Any, *arguments: Any, **named: Any) -> dict[str, Any]:
        try:
            return invoke(worker, *arguments, **named)
        except (RuntimeError, OSError) as error:
            worker.kill()
            return {"status": "error", "error": str(error)}

    return invoke_worker


def stop_when_orphaned() -> None:
    """Wait for the end of standard input, then stop as if someone had asked for it."""
    while os.read(0, 1):  # not sys.stdin, whose lock a waiting thread would hold at the end
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=stop_when_orphaned, daemon=True).start()
    Worker.invoke = fail_alone(Worker.invoke)
    ministack.app = gateway
    ministack.main()
