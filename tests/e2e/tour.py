"""Runs the commands of docs/start.md in one shell and tells what each block printed.

`python -m tests.e2e.tour` prints the page with the outputs of a run put in, to update it from.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PAGE = Path("docs/start.md")
_BLOCKS = re.compile(r"```sh\n(.*?)```(?:\n\n```json\n(.*?)```)?", re.DOTALL)
_END = "--- end of block ---"
_VOLATILE = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "HASH"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT[\d:.]+Z"), "INSTANT"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "DATE"),
    (re.compile(r"\b[a-z2-7]{26}\b"), "ID"),
    (re.compile(r"\b(ada|receipt)-\d+"), r"\1-N"),
    (re.compile(r'"next_cursor": "[^"]+"'), '"next_cursor": "CURSOR"'),
)


@dataclass(frozen=True)
class Block:
    """Commands of the page, what the page says they print, and what they printed."""

    commands: str
    promised: str
    printed: str


def run(environment: Mapping[str, str]) -> Iterator[Block]:
    """Run every block of the page in one shell; a failing command fails its block."""
    with subprocess.Popen(
        ["bash", "-euo", "pipefail"],  # noqa: S607 - the reader's own shell, wherever it is
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=dict(environment),
    ) as shell:
        assert shell.stdin and shell.stdout
        for commands, promised in _BLOCKS.findall(PAGE.read_text()):
            shell.stdin.write(f"{commands}\necho; echo '{_END}'\n")
            shell.stdin.flush()
            printed = []
            for line in shell.stdout:
                if line.strip() == _END:
                    break
                printed.append(line)
            else:
                raise AssertionError(f"the shell ended in:\n{commands}\n{''.join(printed)}")
            yield Block(commands, promised.strip(), "".join(printed).strip())


def settled(text: str) -> str:
    """The text with what differs from run to run named instead."""
    for pattern, name in _VOLATILE:
        text = pattern.sub(name, text)
    return text


def main() -> None:
    """Print the page with the outputs of a run."""
    page = PAGE.read_text()
    for block in run(os.environ):
        head = f"{block.commands}```\n\n```json\n"
        old = head + (block.promised and block.promised + "\n")
        page = page.replace(f"{old}```", f"{head}{block.printed}\n```")
    sys.stdout.write(page)


if __name__ == "__main__":
    main()
