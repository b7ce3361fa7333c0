"""Build the shared layer twice, without Docker, each only when its inputs changed.

`build/layer/lambda` is what AWS gets: `mall` and its locked packages for Lambda's Python and
processor, without boto3, which the runtime has. `build/layer/local` is `mall` alone: the emulator's
workers run on an interpreter that has the packages already, and start five times faster that way.
"""

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

from local import digest
from local.progress import Failure

SOURCE = Path("layers/common/python/mall")
LOCK = Path("layers/common/requirements.txt")
FOR_LAMBDA = Path("build/layer/lambda")
FOR_LOCAL = Path("build/layer/local")

_LOG = Path(".local/logs/layer.log")
_PLATFORM = ("aarch64-manylinux2014", "3.13")
_NOT_CODE = shutil.ignore_patterns("__pycache__", "*.pyc")


def build_for_local() -> Path:
    """Make `build/layer/local` hold today's `mall`, and return it."""
    stamp = digest.of([SOURCE])
    if not _is_current(FOR_LOCAL, stamp):
        _start(FOR_LOCAL)
        _finish(FOR_LOCAL, stamp)
    return FOR_LOCAL


def build_for_lambda() -> Path:
    """Make `build/layer/lambda` hold today's `mall` and its locked packages, and return it.

    Raises Failure when a package has no build for Lambda's platform or a hash does not match.
    """
    stamp = digest.of([SOURCE, LOCK], *_PLATFORM)
    if not _is_current(FOR_LAMBDA, stamp):
        _start(FOR_LAMBDA)
        _install_packages(FOR_LAMBDA / "python")
        _finish(FOR_LAMBDA, stamp)
    return FOR_LAMBDA


def zipped_size_bytes(folder: Path) -> int:
    """The size in bytes of `folder` as Lambda's limit counts it: zipped, deflated."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for file in digest.files_under(folder):
            target.write(file, file.relative_to(folder))
    return archive.tell()


def _start(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _stamp_of(folder).unlink(missing_ok=True)
    shutil.copytree(SOURCE, folder / "python" / SOURCE.name, ignore=_NOT_CODE)


def _finish(folder: Path, stamp: str) -> None:
    _stamp_of(folder).write_text(stamp)


def _is_current(folder: Path, stamp: str) -> bool:
    marker = _stamp_of(folder)
    return folder.is_dir() and marker.is_file() and marker.read_text() == stamp


def _stamp_of(folder: Path) -> Path:
    """Beside the folder, because everything inside of it is deployed."""
    return folder.with_name(f".{folder.name}")


def _install_packages(target: Path) -> None:
    platform, version = _PLATFORM
    command = [".venv/bin/uv", "pip", "install", "--require-hashes", "--only-binary", ":all:"]
    command += ["--python-platform", platform, "--python-version", version]
    command += ["--target", str(target), "--requirements", str(LOCK)]
    _LOG.parent.mkdir(parents=True, exist_ok=True)
    with _LOG.open("wb") as log:
        done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise Failure("The layer's packages could not be installed for Lambda.", _LOG)
    for leftover in (target / ".lock", target / "bin"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink(missing_ok=True)
