"""What a folder of local state was made with, so that a start does only what is missing."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_FILE = "deployed.json"


@dataclass(frozen=True)
class Record:
    """The emulator's port, whether `cdk bootstrap` ran, and which assembly is deployed."""

    port: int | None = None
    bootstrapped: bool = False
    assembly: str | None = None

    @classmethod
    def read(cls, state: Path) -> Self:
        """The record in the folder `state`; an empty one where there is none."""
        file = state / _FILE
        return cls(**json.loads(file.read_bytes())) if file.is_file() else cls()

    def write(self, state: Path) -> None:
        """Replace the record in the folder `state` in one step."""
        state.mkdir(parents=True, exist_ok=True)
        fresh = state / f"{_FILE}.new"
        fresh.write_text(json.dumps(dataclasses.asdict(self)))
        fresh.replace(state / _FILE)

    def holds(self, assembly: str, port: int) -> bool:
        """Whether `assembly` is deployed, on an emulator that lived on `port`."""
        return (self.assembly, self.port) == (assembly, port)

    def undeployed(self, port: int) -> Self:
        """The same state before a deployment, on `port`."""
        return dataclasses.replace(self, port=port, assembly=None)

    def with_bootstrap(self) -> Self:
        """The same state after `cdk bootstrap`."""
        return dataclasses.replace(self, bootstrapped=True)

    def deployed(self, assembly: str) -> Self:
        """The same state after `assembly` was deployed."""
        return dataclasses.replace(self, assembly=assembly)
