"""Start MiniStack as if a gateway in front of it had taken off the TLS, as load balancers do.

Queues, topics and buckets of our stacks refuse what comes without TLS, here as in AWS. Callers on
this machine speak plain HTTP over the loopback address, where there is nothing to listen in on; so
each request is passed on as one that came by https. Runs on the emulator's own interpreter.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ministack import app as ministack

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_emulate = ministack.app


async def gateway(scope: Scope, receive: Receive, send: Send) -> None:
    """Pass a request on to the emulator with the scheme that callers in AWS would have used."""
    if scope["type"] == "http":
        scope = {**scope, "scheme": "https"}
    await _emulate(scope, receive, send)


if __name__ == "__main__":
    ministack.app = gateway
    ministack.main()
