"""The command line of the local stack, called by the Makefile: up, e2e, layer."""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from local import layer, ports, stack
from local.handover import Handover
from local.progress import Failure, report, step

STATE = Path(".local")
DEFAULT_PORT = 8080
STOPPED_STATUS = 130


class Stopped(BaseException):
    """Someone asked us to stop. Not an Exception: nothing that handles errors may swallow it."""


def up(*, reset: bool) -> None:
    """Run the local stack in the foreground until it is asked to stop."""
    begun = time.monotonic()
    port = ports.parse(os.environ.get("MALL_PORT"), "MALL_PORT") or DEFAULT_PORT
    with stack.running(STATE, port, reset=reset) as mall:
        _welcome(mall.handover, time.monotonic() - begun)
        mall.watch()


def e2e(arguments: list[str]) -> int:
    """Run the tests over HTTP against a stack deployed for them alone; pytest's exit status."""
    root = STATE / "e2e"
    with stack.running(root, ports.choose(), reset=True):
        environment = os.environ | {"MALL_STACK": str((root / stack.STACK_FILE).resolve())}
        command = [sys.executable, "-m", "pytest", "tests/e2e", *arguments]
        return subprocess.run(command, env=environment, check=False).returncode


def build_layers() -> None:
    """Build the layer for Lambda and for the local stack, and say how large it is."""
    layer.build_for_local()
    with step("Building the layer for Lambda"):
        folder = layer.build_for_lambda()
    size = layer.zipped_size_bytes(folder)
    print(f"  {folder}: {size / 1e6:.1f} MB zipped")


def _welcome(mall: Handover, seconds: float) -> None:
    print(f"\nPoints Mall is ready after {seconds:.0f} s: {mall['url']}\n")
    print(f"  API       {mall['api_url']}")
    for role, login in (("admin", mall["admin"]), ("member", mall["member"])):
        print(f"  {role:<9} {login['email']}   {login['password']}")
    print(f"  details   {STATE / stack.STACK_FILE}")
    print("\nCtrl-C stops it and keeps its state.", flush=True)


def _stop_on_signals() -> None:
    """Let the first request to stop raise `Stopped`; more of them are ignored while stopping."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    # One that is ignored from the start was meant to be: nohup does that.
    heeded = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]

    def stop(number: int, frame: FrameType | None) -> None:
        for each in heeded:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped

    for each in heeded:
        signal.signal(each, stop)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("up", help="run the local stack in the foreground")
    start.add_argument("--reset", action="store_true", help="forget the state of earlier runs")
    test = commands.add_parser("e2e", help="run tests/e2e on a stack deployed for them")
    test.add_argument("arguments", nargs="*", help="passed on to pytest, after --")
    commands.add_parser("layer", help="build the layer for Lambda and for the local stack")
    return parser.parse_args()


def main() -> int:
    """Run the command that the command line names; its exit status."""
    asked = _parse()
    _stop_on_signals()
    try:
        if asked.command == "up":
            up(reset=asked.reset)
        elif asked.command == "layer":
            build_layers()
        else:
            return e2e(asked.arguments)
    except Failure as failure:
        report(failure)
        return 1
    except Stopped:
        return STOPPED_STATUS if asked.command == "e2e" else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
