"""What tests of several folders share: the emulator, started when a test first asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local import emulator
from local.emulator import Emulator


@pytest.fixture(scope="session")
def bare_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """One emulator of this test session, with no stack deployed on it."""
    folder: Path = tmp_path_factory.mktemp("emulator")
    with emulator.running(folder) as aws:
        yield aws
