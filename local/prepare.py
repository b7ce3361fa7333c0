"""Make this folder ready to work in: the Python environments and the Node packages, all locked.

Runs on the bare machine's Python with nothing but the standard library, before anything is
installed. Each part keeps the hash of what it was made from: a second run installs nothing. Only
pip's install of uv is slow-going, so uv is the one package pip installs; uv does the rest.
"""

import argparse
import fcntl
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from local import digest
from local.progress import Failure, report, step

NODE_MAJOR_MIN = 20

TOOLS = Path(".venv")
EMULATOR = Path(".local/emulator-venv")
NODE = Path("node_modules")
LOG = Path(".local/logs/prepare.log")

_LOCKS = Path("requirements")
_LAYER_LOCK = Path("layers/common/requirements.txt")
_STAMP = ".points-mall"


def prepare(parts: Sequence[str]) -> None:
    """Bring each of `parts` ("tools", "emulator", "node") up to date with its lock file.

    Raises Failure when the machine lacks something or an installation fails.
    """
    _require_commands("git", "make")
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with Path(".local/prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two makes in one folder take turns
        for part in parts:
            _PARTS[part]()


def _tools() -> None:
    inputs = [_LOCKS / "uv.txt", _LOCKS / "dev.txt", _LAYER_LOCK]
    stamp = digest.of(inputs, platform.python_version(), sys.executable)
    if _is_current(TOOLS, stamp):
        return
    _create_environment(TOOLS)
    with step("Installing uv, hash-locked"):
        arguments = ["-m", "pip", "install", "--require-hashes", "--no-deps"]
        _install(TOOLS, [str(TOOLS / "bin/python"), *arguments, "-r", str(inputs[0])])
    with step("Installing the Python tools, hash-locked"):
        _sync(TOOLS, inputs[1])
    (TOOLS / _STAMP).write_text(stamp)


def _emulator() -> None:
    lock = _LOCKS / "emulator.txt"
    stamp = digest.of([lock], platform.python_version(), sys.executable)
    if _is_current(EMULATOR, stamp):
        return
    _create_environment(EMULATOR, "--without-pip")
    with step("Installing the AWS emulator, hash-locked"):
        _sync(EMULATOR, lock, "--compile-bytecode")
    (EMULATOR / _STAMP).write_text(stamp)


def _node() -> None:
    _require_node()
    inputs = [Path("package.json"), Path("package-lock.json"), Path(".npmrc")]
    stamp = digest.of(inputs, str(_node_major()))
    if _is_current(NODE, stamp):
        return
    with step("Installing the CDK command line, hash-locked"):
        _run(
            ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
            "npm could not install the packages of package-lock.json.",
        )
    NODE.mkdir(exist_ok=True)
    (NODE / _STAMP).write_text(stamp)


_PARTS: dict[str, Callable[[], None]] = {"tools": _tools, "emulator": _emulator, "node": _node}


def _is_current(folder: Path, stamp: str) -> bool:
    marker = folder / _STAMP
    return marker.is_file() and marker.read_text() == stamp


def _create_environment(folder: Path, *options: str) -> None:
    """Make or renew a virtual environment that sees no package but its own."""
    (folder / _STAMP).unlink(missing_ok=True)
    with step(f"Creating the environment {folder}"):
        if not _is_usable(folder):
            shutil.rmtree(folder, ignore_errors=True)
        _run(
            [sys.executable, "-m", "venv", *options, str(folder)],
            "Python could not create a virtual environment: install the venv module of your "
            "Python (on Debian and Ubuntu the package python3-venv).",
        )


def _is_usable(folder: Path) -> bool:
    """Whether the environment in `folder` runs on this very Python version."""
    python = folder / "bin/python"
    if not python.exists():
        return False
    ask = [str(python), "-c", "import platform; print(platform.python_version())"]
    answer = subprocess.run(ask, capture_output=True, text=True, check=False)
    return answer.stdout.strip() == platform.python_version()


def _sync(environment: Path, lock: Path, *options: str) -> None:
    """Install exactly what `lock` names into `environment`, and remove what it does not."""
    command = [str(TOOLS / "bin/uv"), "pip", "sync", "--require-hashes", *options]
    _install(environment, [*command, "--python", str(environment / "bin/python"), str(lock)])


def _install(environment: Path, command: list[str]) -> None:
    _run(command, f"The packages of {environment} could not be installed.")


def _require_commands(*names: str) -> None:
    for name in names:
        if shutil.which(name) is None:
            raise Failure(f"Points Mall needs {name}, which is not installed.")


def _require_node() -> None:
    wanted = f"Points Mall needs Node.js {NODE_MAJOR_MIN} or newer with npm"
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise Failure(f"{wanted}, and this machine has none on its PATH.")
    if _node_major() < NODE_MAJOR_MIN:
        raise Failure(f"{wanted}, and this machine has Node.js {_node_major()}.")


def _node_major() -> int:
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)  # noqa: S607 - the node on PATH is the one npm and the CDK will use
    version = re.match(r"v(\d+)\.", answer.stdout)
    return int(version.group(1)) if version else 0


def _run(command: list[str], sentence: str) -> None:
    """Run a command with its output in the log. Raises Failure with `sentence` if it fails."""
    hidden = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}  # they would let other packages in
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    with LOG.open("ab") as log:
        log.write(f"$ {' '.join(command)}\n".encode())
        log.flush()
        done = subprocess.run(
            command, stdout=log, stderr=subprocess.STDOUT, check=False, env=environment
        )
    if done.returncode != 0:
        raise Failure(sentence, LOG)


def main() -> int:
    """Prepare the parts named on the command line; 0 when all of them are ready."""
    parser = argparse.ArgumentParser(prog="python -m local.prepare", description=__doc__)
    parser.add_argument("parts", nargs="+", choices=sorted(_PARTS))
    try:
        prepare(parser.parse_args().parts)
    except Failure as failure:
        report(failure)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
