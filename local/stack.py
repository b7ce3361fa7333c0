"""The local stack as a whole: emulator, deployed stacks, demo data and front door, up and down.

    with stack.running(Path(".local"), port=8080) as mall:
        httpx.get(mall.handover["api_url"] + "/products")

The real CDK stacks are deployed first, with the emulator's doors open, because its check of the
asset bucket's policy refuses the CDK's own upload; then the emulator is restarted on the saved
state with IAM enforced, and stays that way. Nothing is deployed again while nothing changed.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import assembly, deployment, emulator, front_door, layer, pages, ports, seed
from local.emulator import Emulator
from local.handover import Handover, describe, withdraw, write
from local.progress import Failure, step
from local.record import Record

STACK_FILE = "stack.json"


@dataclass(frozen=True)
class Mall:
    """A running stack: how to reach it, and the emulator under it."""

    handover: Handover
    aws: Emulator

    def watch(self) -> None:
        """Wait as long as the emulator lives. Raises Failure when it ends by itself."""
        self.aws.process.wait()
        raise Failure("The AWS emulator ended unexpectedly.", self.aws.log)


@contextmanager
def running(root: Path, port: int, *, reset: bool = False) -> Iterator[Mall]:
    """The whole stack on `http://localhost:<port>`, with its files under `root`, during the block.

    `reset` forgets what an earlier stack in `root` held. While it runs, `root/stack.json` says how
    to reach it. Raises Failure, with one sentence for a person, when it cannot start.
    """
    state = root / "state"
    with ExitStack() as started:
        started.enter_context(_alone(root))
        if emulator.stop_leftover(state):
            print("  Stopped the emulator that an earlier run left behind.")
        withdraw(root / STACK_FILE)
        if reset:
            shutil.rmtree(state, ignore_errors=True)
        if not ports.is_free(port):
            raise Failure(front_door.port_taken(port))
        aws = _bring_up(state)
        started.callback(_take_down, aws)
        outputs = deployment.read_outputs(state / "outputs.json")
        site = pages.build(root / "site")
        api_host = f"{outputs['ApiId']}.execute-api.localhost"
        address = front_door.Address(port, aws.url, api_host, site)
        started.enter_context(front_door.serving(address))
        handover = describe(aws, address.url, outputs, seed.demo_accounts(state).logins)
        seed.fill_once(state, handover, aws, outputs["UserPoolId"])
        write(root / STACK_FILE, handover)
        started.callback(withdraw, root / STACK_FILE)
        yield Mall(handover, aws)


def _bring_up(state: Path) -> Emulator:
    """Deploy what changed since the last run, and start the emulator with IAM enforced."""
    record = Record.read(state)
    port = _emulator_port(record)
    wanted = _assembly_name()
    if not record.holds(wanted, port):
        _deploy(state, record.undeployed(port), wanted)
    with step("Starting the emulator, IAM enforced"):
        return emulator.start(state, port=port, auth=True, persist=True)


def _assembly_name() -> str:
    layer.build_for_local()
    return assembly.name()


def _deploy(state: Path, record: Record, wanted: str) -> None:
    folder = assembly.find(wanted)
    if folder is None:
        with step("Synthesizing the stacks"):
            folder = assembly.synthesize(wanted)
    logs = state / "logs"
    # A deployment that breaks off must not be taken for the one before it.
    record.write(state)
    with emulator.running(state, port=record.port, persist=True) as aws:
        if not record.bootstrapped:
            with step("Bootstrapping the emulator's account"):
                deployment.bootstrap(aws, logs)
            record = record.with_bootstrap()
            record.write(state)
        with step("Deploying the stacks"):
            deployment.deploy(aws, folder, state / "outputs.json", logs)
    record.deployed(wanted).write(state)


def _take_down(aws: Emulator) -> None:
    with step("Stopping, state saved"):
        emulator.stop(aws)


def _emulator_port(record: Record) -> int:
    """The port asked for, else the one the state was made with, else a free one.

    Addresses inside the state name the port, so a stack keeps it. Raises Failure when it is taken.
    """
    asked = os.environ.get("MALL_EMULATOR_PORT")
    port = int(asked) if asked else record.port or ports.choose()
    if not ports.is_free(port):
        raise Failure(
            f"Port {port}, which the local AWS emulator keeps, is taken by another program: stop "
            "it, or start anew with `make run RESET=1`."
        )
    return port


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One stack per folder at a time. Raises Failure when another run has it."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Failure("Points Mall is running from this folder already.") from error
        yield
