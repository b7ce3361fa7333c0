"""One hash for a set of files, so that work is repeated only when its inputs changed."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

_GENERATED = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"})


def of(inputs: Iterable[Path], *facts: str) -> str:
    """The SHA-256 (64 hex digits) of `facts` and of the names and bytes under `inputs`.

    A folder counts with every file below it; generated caches and missing paths do not count.
    """
    total = hashlib.sha256()
    for fact in facts:
        _add(total, fact.encode())
    for path in inputs:
        for file in files_under(path):
            _add(total, file.as_posix().encode())
            _add(total, file.read_bytes())
    return total.hexdigest()


def files_under(path: Path) -> Iterator[Path]:
    """Every file of a folder in a fixed order, or the file itself; nothing a tool generated."""
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and not _GENERATED.intersection(file.parts):
            yield file


def _add(total: "hashlib._Hash", part: bytes) -> None:
    """Add one part with its length, so that neighbours cannot run into each other."""
    total.update(len(part).to_bytes(8))
    total.update(part)
