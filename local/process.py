"""Start tools and servers so that nothing they start is left behind.

Each gets a process session of its own: Ctrl-C reaches only us, and we stop each one in its turn,
with everything it started in turn. Nothing is ever stopped by name.
"""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.progress import Failure

# Variables that say how to reach the network and write text, and nothing about accounts.
_KEPT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_FILE",
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION",
)


def clean_environment(**added: str) -> dict[str, str]:
    """This machine's paths and locale plus `added`: no AWS profile, key or region of the user's."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | added


def start(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    folder: Path,
    log: Path,
    inherited: Sequence[int] = (),
    *,
    tied: bool = False,
) -> subprocess.Popen[bytes]:
    """Start `command` in `folder`, as leader of its own session, writing to `log` from its start.

    `inherited` are file descriptors that the process keeps open as long as it lives. The standard
    input of a `tied` process ends when we do, however we end; of others it is empty.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE if tied else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=tuple(inherited),
            start_new_session=True,
        )


def run(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    folder: Path,
    log: Path,
    sentence: str,
) -> None:
    """Run `command` to its end. Raises Failure with `sentence` and `log` unless it exits with 0."""
    process = start(command, environment, folder, log)
    try:
        status = process.wait()
    finally:
        bury(process)
    if status != 0:
        raise Failure(sentence, log)


def stop(process: subprocess.Popen[bytes], patience_s: float) -> bool:
    """Ask once with SIGTERM, then end what is left of the session after `patience_s` seconds.

    Returns whether the process stopped by itself.
    """
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        return False
    else:
        return True
    finally:
        bury(process)


def bury(process: subprocess.Popen[bytes]) -> None:
    """End what is left of a process and its session, and let go of our ends of its pipes."""
    end_session(process.pid)
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def end_session(leader: int) -> None:
    """Kill every process left in the session that process id `leader` opened."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # none left; macOS says so with the second
        return
