"""The AWS emulator as a process of ours: MiniStack on the loopback address, in a clean environment.

Tests that want an engine whose transactions are atomic start a bare one, with no stack deployed:

    with emulator.running(tmp_path) as aws:
        dynamodb = boto3.client("dynamodb", **aws.client_options())

The emulator saves its state when it is asked to stop, and only then. So it lives in its own
process session, gets exactly one SIGTERM, and stops by itself when whoever started it is gone. It
holds a lock on its folder as long as it lives: that lock, not a process id that may have been
reused, is how a later run knows an emulator that a killed one left behind.
"""

import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import httpx

from local import ports, process
from local.prepare import EMULATOR
from local.progress import Failure

REGION = "us-east-1"
ACCOUNT = "000000000000"
# The emulator's root caller: it stands for the person whose laptop this is.
ROOT_KEY_ID = "test"
ROOT_KEY = "test"

_GATEWAY = Path(__file__).with_name("emulator_gateway.py")
_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 60
_POLL_S = 0.05


class ClientOptions(TypedDict):
    """What boto3 needs to talk to an emulator as root."""

    endpoint_url: str
    region_name: str
    aws_access_key_id: str
    aws_secret_access_key: str


@dataclass(frozen=True)
class Emulator:
    """A running emulator: where it answers, its process and its log."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def client_options(self) -> ClientOptions:
        """Keyword arguments for `boto3.client` and `boto3.resource`."""
        return {
            "endpoint_url": self.url,
            "region_name": REGION,
            "aws_access_key_id": ROOT_KEY_ID,
            "aws_secret_access_key": ROOT_KEY,
        }


@contextmanager
def running(
    folder: Path, *, port: int | None = None, auth: bool = False, persist: bool = False
) -> Iterator[Emulator]:
    """An emulator whose files are all in `folder`, for as long as the block lasts.

    `port` is chosen when None. `auth` enforces IAM and makes Cognito strict. `persist` takes up the
    state the last emulator in `folder` left, and leaves its own. Raises Failure when it does not
    start, or when `persist` state could not be saved.
    """
    aws = start(folder, port=port, auth=auth, persist=persist)
    try:
        yield aws
    finally:
        stop(aws)


def start(folder: Path, *, port: int | None, auth: bool, persist: bool) -> Emulator:
    """Start an emulator and wait until it answers; arguments and refusals as `running`."""
    folder = folder.resolve()
    state = folder / "emulator"
    temporary = folder / "tmp"
    for needed in (state, temporary):
        needed.mkdir(parents=True, exist_ok=True)
    if persist:
        _restart_streams(state / "lambda.json")
    port = port or ports.choose()
    with _lock(folder) as descriptor:
        child = process.start(
            # -P: nothing of this folder may be taken for a package of the emulator's.
            [EMULATOR.resolve() / "bin/python", "-P", _GATEWAY],
            _environment(port, state, temporary, auth=auth, persist=persist),
            folder,
            folder / "logs/emulator.log",
            inherited=[descriptor],
            tied=True,
        )
        _pid_file(folder).write_text(str(child.pid))
    aws = Emulator(f"http://127.0.0.1:{port}", child, folder / "logs/emulator.log")
    try:
        _wait_until_ready(aws)
    except BaseException:
        process.stop(child, _STOP_TIMEOUT_S)
        raise
    return aws


def stop(aws: Emulator) -> bool:
    """Stop an emulator; it saves its state first. False when it had ended by itself, without.

    Raises Failure when it had to be killed.
    """
    if aws.process.poll() is not None:
        process.bury(aws.process)  # its workers may live on
        return False
    if not process.stop(aws.process, _STOP_TIMEOUT_S):
        raise Failure(
            "The AWS emulator did not stop in time and was killed: what happened since its last "
            "start is lost.",
            aws.log,
        )
    return True


def stop_leftover(folder: Path) -> bool:
    """Stop the emulator that a killed run left behind in `folder`; whether there was one.

    Raises Failure when there is one that cannot be told from other processes.
    """
    if not folder.is_dir() or not _is_locked(folder):
        return False
    try:
        leader = int(_pid_file(folder).read_text())
    except (OSError, ValueError) as error:
        raise Failure(f"An emulator of an earlier run still uses {folder}: stop it.") from error
    for number, patience_s in ((signal.SIGTERM, _STOP_TIMEOUT_S), (signal.SIGKILL, 5)):
        os.kill(leader, number)  # it holds our lock, so it is the process we once started
        if _wait_until_unlocked(folder, patience_s):
            process.end_session(leader)
            return True
    raise Failure(f"The emulator of an earlier run (process {leader}) does not stop.")


def _environment(
    port: int, state: Path, temporary: Path, *, auth: bool, persist: bool
) -> dict[str, str]:
    """Everything the emulator sees, and so every Lambda worker too."""
    return process.clean_environment(
        TZ="UTC",
        TMPDIR=str(temporary),
        PYTHONDONTWRITEBYTECODE="1",  # each worker unpacks the code anew: nobody would read it
        AWS_DEFAULT_REGION=REGION,
        MINISTACK_REGION=REGION,
        MINISTACK_ACCOUNT_ID=ACCOUNT,
        GATEWAY_PORT=str(port),
        BIND_HOST="127.0.0.1",
        AUTH="true" if auth else "false",
        PERSIST_STATE="1" if persist else "0",
        STATE_DIR=str(state),
        S3_PERSIST="1" if persist else "0",
        S3_DATA_DIR=str(state / "s3"),
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        COGNITO_EMAIL_ENABLED="false",
        DOCKER_HOST=f"unix://{temporary}/no-docker.sock",  # other emulators' containers stay theirs
    )


def _restart_streams(saved: Path) -> None:
    """Let every stream mapping begin anew: positions are saved but records are not.

    With old positions, the first records after a restart would be taken for already seen.
    """
    if not saved.is_file():
        return
    state = json.loads(saved.read_bytes())
    payload = state.get("payload", state)
    payload["dynamodb_stream_positions"] = {"__account_region_scoped__": True, "data": {}}
    fresh = saved.with_suffix(".new")
    fresh.write_text(json.dumps(state))
    fresh.replace(saved)


def _wait_until_ready(aws: Emulator) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        if aws.process.poll() is not None:
            raise Failure("The AWS emulator ended while it started.", aws.log)
        try:
            answer = httpx.get(f"{aws.url}/_ministack/ready", timeout=2, trust_env=False)
        except httpx.TransportError:
            time.sleep(_POLL_S)
            continue
        if answer.status_code == httpx.codes.OK:
            return
        time.sleep(_POLL_S)
    raise Failure(f"The AWS emulator did not answer within {_START_TIMEOUT_S} seconds.", aws.log)


@contextmanager
def _lock(folder: Path) -> Iterator[int]:
    """The folder's lock, to be inherited by the emulator, which then holds it alone."""
    descriptor = os.open(folder / "emulator.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Failure(f"Another emulator uses {folder} already.") from error
        yield descriptor
    finally:
        os.close(descriptor)


def _is_locked(folder: Path) -> bool:
    try:
        with _lock(folder):
            return False
    except Failure:
        return True


def _wait_until_unlocked(folder: Path, patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if not _is_locked(folder):
            return True
        time.sleep(_POLL_S)
    return False


def _pid_file(folder: Path) -> Path:
    return folder / "emulator.pid"
