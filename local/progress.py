"""What a person sees while something is set up: one line per step, with its seconds.

A step that fails says so in one sentence and names the log, instead of showing a stack trace.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TITLE_WIDTH = 50


class Failure(Exception):
    """Something a person can act on: one sentence, and the log that holds the details."""

    def __init__(self, sentence: str, log: Path | None = None) -> None:
        """Keep `sentence`, which is shown as it is, and `log`, whose path is shown after it."""
        super().__init__(sentence)
        self.sentence = sentence
        self.log = log


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print `title`, then the seconds the block took, or that it failed."""
    print(f"  {title} ".ljust(_TITLE_WIDTH, "."), end=" ", flush=True)
    begun = time.monotonic()
    try:
        yield
    except BaseException as error:
        print("failed" if isinstance(error, Exception) else "stopped", flush=True)
        raise
    print(f"{time.monotonic() - begun:.1f} s", flush=True)


def report(failure: Failure) -> None:
    """Print a failure's sentence, and where its log is, on standard error."""
    print(f"\n{failure.sentence}", file=sys.stderr)
    if failure.log is not None:
        print(f"The log is {_relative(failure.log)}.", file=sys.stderr)


def _relative(path: Path) -> Path:
    """`path` as seen from the current folder, where it lies inside of it."""
    try:
        return path.resolve().relative_to(Path.cwd().resolve())
    except ValueError:
        return path
