"""Deploy the stacks into the emulator with the real CDK CLI, and read back what they are called."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import process
from local.assembly import CDK, cdk_environment
from local.emulator import ACCOUNT, REGION, ROOT_KEY, ROOT_KEY_ID, Emulator


def bootstrap(aws: Emulator, logs: Path) -> None:
    """Run `cdk bootstrap`, once per emulator state. Raises Failure when the CLI does."""
    _cdk(
        aws,
        ["bootstrap", f"aws://{ACCOUNT}/{REGION}"],
        logs / "bootstrap.log",
        "The CDK could not bootstrap the emulator.",
    )


def deploy(aws: Emulator, assembly: Path, logs: Path) -> dict[str, str]:
    """Run `cdk deploy --all` of a synthesized assembly, and return every stack's outputs.

    Raises Failure when a stack does not deploy.
    """
    outputs = logs / "outputs.json"
    arguments: list[str | Path] = ["deploy", "--all", "--app", assembly.resolve()]
    arguments += ["--require-approval", "never", "--progress", "events"]
    arguments += ["--outputs-file", outputs.resolve()]
    _cdk(
        aws,
        arguments,
        logs / "deploy.log",
        "The stacks could not be deployed; `make run RESET=1` starts from nothing.",
    )
    stacks: dict[str, dict[str, str]] = json.loads(outputs.read_bytes())
    return {name: value for stack in stacks.values() for name, value in stack.items()}


def _cdk(aws: Emulator, arguments: list[str | Path], log: Path, sentence: str) -> None:
    environment = cdk_environment(
        AWS_ENDPOINT_URL=aws.url,
        AWS_ACCESS_KEY_ID=ROOT_KEY_ID,
        AWS_SECRET_ACCESS_KEY=ROOT_KEY,
        AWS_REGION=REGION,
    )
    command = [CDK.resolve(), *arguments, "--no-notices"]
    with _empty_folder() as folder:
        process.run(command, environment, folder, log.resolve(), sentence)


@contextmanager
def _empty_folder() -> Iterator[Path]:
    """Somewhere without a cdk.json, so that the CLI does not synthesize what is synthesized."""
    with tempfile.TemporaryDirectory(prefix="points-mall-") as folder:
        yield Path(folder)
