"""The local stack as a whole: emulator, deployed stacks, demo data and front door, up and down.

    with stack.running(Path(".local"), port=8080) as mall:
        httpx.get(mall.handover["api_url"] + "/products")

The emulator enforces IAM from the start, also upon the CDK's own deployment. Nothing is synthesized
or deployed again while nothing changed.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import (
    assembly,
    deployment,
    emulator,
    front_door,
    images,
    layer,
    pages,
    payment_provider,
    ports,
    process,
    seed,
)
from local.emulator import Emulator
from local.handover import Handover, describe, withdraw, write
from local.payment_provider import PaymentProvider
from local.progress import Failure, step
from local.record import Record, emulator_port

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
        record = Record.read(state)
        wanted = _assembly_wanted()
        aws = _start(state, record, started)
        if record.assembly != wanted.name:
            _deploy(aws, record, wanted, state / "logs")
        address = _address(root, port, aws, record)
        started.enter_context(front_door.serving(address))
        provider = _pay_by(aws, state, record, started)
        people = seed.demo_accounts(state)
        handover = describe(aws, address.url, record.outputs, people.logins, provider)
        provider.tell(handover["api_url"])
        if not record.seeded:
            with step("Adding the demo data through the API"):
                seed.fill(people, handover, aws, record.outputs["UserPoolId"])
            record.seeded = True
        write(root / STACK_FILE, handover)
        started.callback(withdraw, root / STACK_FILE)
        yield Mall(handover, aws)


def _assembly_wanted() -> Path:
    """The folder of the assembly that today's files make, synthesized if need be."""
    layer.build_for_local()
    name = assembly.name()
    folder = assembly.find(name)
    if folder is None:
        with step("Synthesizing the stacks"):
            folder = assembly.synthesize(name)
    return folder


def _start(state: Path, record: Record, started: ExitStack) -> Emulator:
    """Start the emulator on its saved state; when it stops, `record` is written as it is then."""
    port = emulator_port(state, os.environ.get("MALL_EMULATOR_PORT"))
    with step("Starting the emulator, IAM enforced"):
        aws = emulator.start(state, port=port, auth=True, persist=True)

    def stop() -> None:
        if aws.process.poll() is not None:
            emulator.stop(aws)
            return
        with step("Stopping and saving the state"):
            if emulator.stop(aws):
                record.write(state)

    started.callback(stop)
    return aws


def _pay_by(aws: Emulator, state: Path, record: Record, started: ExitStack) -> PaymentProvider:
    """Start the payment provider on its saved state, and let the stack's functions find it."""
    with step("Starting the payment provider"):
        provider = payment_provider.start(state, persist=True)
        started.callback(process.stop, provider.process, payment_provider.STOP_TIMEOUT_S)
        payment_provider.introduce(provider, aws, record.outputs["PaymentsSecretArn"])
    return provider


def _deploy(aws: Emulator, record: Record, wanted: Path, logs: Path) -> None:
    """Bootstrap the emulator's account if that was not done, and deploy."""
    record.assembly = None  # a deployment that breaks off is neither the old nor the new one
    if not record.bootstrapped:
        with step("Bootstrapping the emulator's account"):
            deployment.bootstrap(aws, logs)
        record.bootstrapped = True
    with step("Deploying the stacks"):
        record.outputs = deployment.deploy(aws, wanted, logs)
    record.assembly = wanted.name


def _address(root: Path, port: int, aws: Emulator, record: Record) -> front_door.Address:
    """Where the front door listens, and what stands behind it."""
    api_host = f"{record.outputs['ApiId']}.execute-api.localhost"
    image = images.reader(aws, record.outputs["ImagesBucket"])
    return front_door.Address(port, aws.url, api_host, pages.build(root / "site"), image)


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
