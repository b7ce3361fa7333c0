"""Which ports are free on the loopback addresses: nothing here is ever served to a network."""

import errno
import random
import socket

from local.progress import Failure

LOOPBACK = ("127.0.0.1", "::1")

# Below the range from which systems lend ports to outgoing connections, so that a port kept in the
# state is still free tomorrow.
_RANGE = range(20_000, 30_000)
_PORT_MAX = 65_535


def is_free(port: int) -> bool:
    """Whether `port` can be listened on at every loopback address this machine has."""
    return all(_can_listen(address, port) for address in LOOPBACK)


def choose() -> int:
    """A port that is free now and likely to stay so."""
    candidates = random.SystemRandom().sample(_RANGE, 100)
    return next(port for port in candidates if is_free(port))


def parse(text: str | None, name: str) -> int | None:
    """The port number that the variable `name` holds, or None where it is empty or not set.

    Raises Failure when it is no port number.
    """
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) <= _PORT_MAX:
        raise Failure(f"{name} must be a port number, and {text!r} is not.")
    return int(text)


def _can_listen(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
            probe.listen(1)
    except OSError as error:
        return error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
    return True
