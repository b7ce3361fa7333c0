"""What the emulator's saved state holds, so that a start does only what is missing.

The emulator saves when it stops, and the record is written right after. A killed run leaves both
as the last clean stop left them. The record may say less than the state holds, never more; and
whatever it does not say is done again, which changes nothing.
"""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from local import ports
from local.progress import Failure

_FILE = "deployed.json"
_PORT_FILE = "emulator.port"


@dataclass
class Record:
    """Whether `cdk bootstrap` ran, what is deployed with which outputs, and if demo data is in."""

    bootstrapped: bool = False
    assembly: str | None = None
    outputs: dict[str, str] = field(default_factory=dict)
    seeded: bool = False

    @classmethod
    def read(cls, state: Path) -> Self:
        """The record in the folder `state`; an empty one where there is none.

        Raises Failure when it cannot be read.
        """
        file = state / _FILE
        if not file.is_file():
            return cls()
        try:
            return cls(**json.loads(file.read_bytes()))
        except (ValueError, TypeError) as error:
            raise Failure("The local state is damaged: `make run RESET=1` starts anew.") from error

    def write(self, state: Path) -> None:
        """Replace the record in the folder `state` in one step."""
        fresh = state / f"{_FILE}.new"
        fresh.write_text(json.dumps(dataclasses.asdict(self), indent=2))
        fresh.replace(state / _FILE)


def emulator_port(state: Path, asked: str | None) -> int:
    """The port the state in the folder `state` was made on; at first the one `asked` for, or any.

    Addresses inside the state name the port, so it never changes. Raises Failure when it is taken
    or another one is asked for.
    """
    kept = state / _PORT_FILE
    known = kept.read_text() if kept.is_file() else None
    if known and asked and known != asked:
        raise Failure(
            f"The local state was made with the emulator on port {known}: unset "
            "MALL_EMULATOR_PORT, or start anew with `make run RESET=1`."
        )
    port = ports.parse(known or asked, "MALL_EMULATOR_PORT") or ports.choose()
    if not ports.is_free(port):
        raise Failure(
            f"Port {port}, which the local AWS emulator keeps, is taken by another program: stop "
            "it, or start anew with `make run RESET=1`."
        )
    state.mkdir(parents=True, exist_ok=True)
    kept.write_text(str(port))
    return port
