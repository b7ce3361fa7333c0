"""The record of a local state says what it holds, and the emulator's port stays what it was."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import ports
from local.progress import Failure
from local.record import Record, emulator_port


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def should_read_what_was_written(tmp_path: Path) -> None:
    record = Record(bootstrapped=True, assembly="a1", outputs={"ApiId": "x"}, seeded=True)
    record.write(tmp_path)
    assert Record.read(tmp_path) == record


def should_know_nothing_of_a_new_folder(tmp_path: Path) -> None:
    assert Record.read(tmp_path / "state") == Record()


@pytest.mark.parametrize("content", ["", "[]", "{", '{"unheard_of": 1}'])
def should_refuse_a_damaged_record_in_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "deployed.json").write_text(content)
    with pytest.raises(Failure, match="RESET=1"):
        Record.read(tmp_path)


def should_keep_the_first_port(tmp_path: Path) -> None:
    assert emulator_port(tmp_path, None) == emulator_port(tmp_path, None)


def should_take_the_port_asked_for_at_first(tmp_path: Path) -> None:
    port = ports.choose()
    assert emulator_port(tmp_path, str(port)) == port
    assert emulator_port(tmp_path, None) == port


def should_refuse_to_move_a_state_to_another_port(tmp_path: Path) -> None:
    port = emulator_port(tmp_path, None)
    with pytest.raises(Failure, match=str(port)):
        emulator_port(tmp_path, str(port + 1))


def should_refuse_a_kept_port_that_is_taken(tmp_path: Path, taken: int) -> None:
    (tmp_path / "emulator.port").write_text(str(taken))
    with pytest.raises(Failure, match=f"Port {taken}"):
        emulator_port(tmp_path, None)


def should_choose_only_ports_that_are_free(taken: int) -> None:
    assert not ports.is_free(taken)
    assert ports.is_free(ports.choose())


@pytest.mark.parametrize("text", ["http", "-1", "0", "65536", "80.5", "٣"])
def should_refuse_what_is_no_port(text: str) -> None:
    with pytest.raises(Failure, match="MALL_PORT"):
        ports.parse(text, "MALL_PORT")


@pytest.mark.parametrize(("text", "port"), [(None, None), ("", None), ("8080", 8080)])
def should_parse_a_port_or_none(text: str | None, port: int | None) -> None:
    assert ports.parse(text, "MALL_PORT") == port
