"""A machine that lacks something is told so in one sentence, before anything is installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder of commands that stands for a machine with git and make and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("git", "make"):
        add(folder, name, "exit 0")
    return folder


def should_ask_for_node_where_there_is_none(tools: Path) -> None:
    assert refusal(tools, "node").startswith("Points Mall needs Node.js 20 or newer with npm")


def should_say_which_node_is_too_old(tools: Path) -> None:
    add(tools, "npm", "exit 0")
    add(tools, "node", "echo v18.19.0")
    assert refusal(tools, "node").endswith("this machine has Node.js 18.")


@pytest.mark.parametrize("name", ["git", "make"])
def should_name_the_command_that_is_missing(tools: Path, name: str) -> None:
    (tools / name).unlink()
    assert refusal(tools, "tools") == f"Points Mall needs {name}, which is not installed."


def should_name_the_log_of_an_installation_that_failed(tools: Path, tmp_path: Path) -> None:
    add(tools, "npm", "echo no such package; exit 1")
    add(tools, "node", "echo v20.1.0")
    sentence, log = refusal(tools, "node").splitlines()
    assert sentence == "npm could not install the packages of package-lock.json."
    assert log == "The log is .local/logs/prepare.log."
    assert "no such package" in (tmp_path / ".local/logs/prepare.log").read_text()


def add(folder: Path, name: str, script: str) -> None:
    """Put a command of that name into the folder."""
    command = folder / name
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)


def refusal(tools: Path, part: str) -> str:
    """What preparing `part` says on a machine whose commands are those in `tools`."""
    done = subprocess.run(
        [sys.executable, "-m", "local.prepare", part],
        cwd=tools.parent,
        env={"PATH": str(tools), "PYTHONPATH": str(Path.cwd()), "HOME": os.environ["HOME"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    return done.stderr.strip()
