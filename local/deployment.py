"""Deploy the stacks into the emulator with the real CDK CLI, and read back what they are called."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import process
from local.assembly import CDK, cdk_environment
from local.emulator import ACCOUNT, REGION, ROOT_KEY, ROOT_KEY_ID, Emulator
from local.progress import Failure


def bootstrap(aws: Emulator, logs: Path) -> None:
    """Run `cdk bootstrap`, once per emulator state. Raises Failure when the CLI does."""
    _cdk(
        aws,
        ["bootstrap", f"aws://{ACCOUNT}/{REGION}"],
        logs / "bootstrap.log",
        "The CDK could not bootstrap the emulator.",
    )


def deploy(aws: Emulator, assembly: Path, outputs: Path, logs: Path) -> None:
    """Run `cdk deploy --all` of a synthesized assembly, which writes the stacks' `outputs`.

    Raises Failure when a stack does not deploy.
    """
    arguments: list[str | Path] = ["deploy", "--all", "--app", assembly.resolve()]
    arguments += ["--require-approval", "never", "--progress", "events"]
    arguments += ["--outputs-file", outputs.resolve()]
    _cdk(
        aws,
        arguments,
        logs / "deploy.log",
        "The stacks could not be deployed; `make run RESET=1` starts from nothing.",
    )


def read_outputs(outputs: Path) -> dict[str, str]:
    """Every stack's outputs by their names, which are unique across stacks.

    Raises Failure when the file of an earlier deployment is missing or damaged.
    """
    try:
        stacks: dict[str, dict[str, str]] = json.loads(outputs.read_bytes())
    except (OSError, ValueError) as error:
        raise Failure("The local state is damaged: `make run RESET=1` starts anew.") from error
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
