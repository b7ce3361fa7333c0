"""The synthesized stacks of the local stack, made again only when something they come from changed.

Synthesis is the slowest step of a start, and its result depends on files alone. So an assembly is
kept under the hash of everything that goes into it, and named by that hash.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from local import digest, process
from local.layer import FOR_LOCAL

CDK = Path("node_modules/.bin/cdk")
_KEPT = Path("build/assembly")
_LOG = Path(".local/logs/synth.log")
_INPUTS = (
    Path("infra"),
    Path("functions"),
    Path("cdk.json"),
    Path("package-lock.json"),
    Path("requirements/dev.txt"),
    FOR_LOCAL,
)
# The very stacks that go to AWS, without the edge: CloudFront has nothing to stand before here.
_CONTEXT = ("stage=sandbox", "edge=false", f"layer={FOR_LOCAL}")


def name() -> str:
    """The name of the assembly that today's files make."""
    python = ".".join(str(part) for part in sys.version_info[:2])
    return digest.of(_INPUTS, *_CONTEXT, python)[:16]


def find(wanted: str) -> Path | None:
    """The assembly of that name, if it was synthesized before."""
    folder = _KEPT / wanted
    return folder if (folder / "manifest.json").is_file() else None


def synthesize(wanted: str) -> Path:
    """Synthesize today's files with the CDK CLI and keep the result as `wanted`.

    Older assemblies are removed. Raises Failure when the CLI does.
    """
    _KEPT.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="new-", dir=_KEPT))
    command: list[str | Path] = [CDK.resolve(), "synth", "--quiet", "--no-notices"]
    command += ["--output", fresh.resolve()]
    for pair in _CONTEXT:
        command += ["--context", pair]
    try:
        process.run(
            command, cdk_environment(), Path.cwd(), _LOG, "The stacks could not be synthesized."
        )
    except BaseException:
        shutil.rmtree(fresh)
        raise
    for older in _KEPT.iterdir():
        if older != fresh:
            shutil.rmtree(older)
    return fresh.rename(_KEPT / wanted)


def cdk_environment(**added: str) -> dict[str, str]:
    """What the CDK CLI sees: our Python first, no AWS account of the user's, no telemetry."""
    environment = process.clean_environment(
        AWS_CONFIG_FILE="/dev/null",
        AWS_SHARED_CREDENTIALS_FILE="/dev/null",
        AWS_EC2_METADATA_DISABLED="true",
        CDK_DISABLE_CLI_TELEMETRY="true",
        CDK_DISABLE_VERSION_CHECK="true",
        CI="true",
        NO_COLOR="1",
        **added,
    )
    return environment | {"PATH": f"{Path(sys.executable).parent}:{environment['PATH']}"}
