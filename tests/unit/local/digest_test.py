"""A digest changes with whatever could change the result of the work it stands for."""

from pathlib import Path

import pytest

from local import digest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one file in a folder."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner/a.py").write_text("one")
    return tmp_path


def should_change_with_the_content_of_any_file(folder: Path) -> None:
    before = digest.of([folder])
    (folder / "inner/a.py").write_text("two")
    assert digest.of([folder]) != before


def should_change_with_the_name_of_a_file(folder: Path) -> None:
    before = digest.of([folder])
    (folder / "inner/a.py").rename(folder / "inner/b.py")
    assert digest.of([folder]) != before


def should_change_with_a_new_file_even_an_empty_one(folder: Path) -> None:
    before = digest.of([folder])
    (folder / "empty").touch()
    assert digest.of([folder]) != before


def should_change_with_a_fact() -> None:
    assert digest.of([], "3.11") != digest.of([], "3.12")


def should_keep_neighbouring_facts_apart() -> None:
    assert digest.of([], "ab", "c") != digest.of([], "a", "bc")


def should_not_change_with_what_tools_generate(folder: Path) -> None:
    before = digest.of([folder])
    (folder / "inner/__pycache__").mkdir()
    (folder / "inner/__pycache__/a.pyc").write_bytes(b"compiled")
    assert digest.of([folder]) == before


def should_take_a_missing_path_for_an_empty_one(tmp_path: Path) -> None:
    assert digest.of([tmp_path / "missing"]) == digest.of([])
