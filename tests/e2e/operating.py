"""What operators do to the whole stage: its program and its clock. Tests put both back."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.e2e import aws
from tests.e2e.mall import admin, approver, eventually

DAY_S = 86_400


def settings() -> dict[str, Any]:
    """The program's document in force."""
    shown: dict[str, Any] = admin().told("GET", "/admin/program")
    return {name: value for name, value in shown.items() if name != "version"}


@contextmanager
def program(**changed: object) -> Iterator[None]:
    """Other settings while the block runs."""
    before = settings()
    _set(before | changed)
    try:
        yield
    finally:
        _set(before)


def _set(document: Mapping[str, object]) -> None:
    change = admin().told("PUT", "/admin/program", document)
    if change["status"] == "waiting_approval":
        version = {"version": change["proposal_version"]}
        change = approver().told("POST", "/admin/program/approve", version)
    assert change["status"] == "applied"


@contextmanager
def days_ahead(days: int) -> Iterator[None]:
    """The clock ahead while the block runs.

    It begins once all that was moved is counted: what is counted later than a month after it
    happened is counted for a later day.
    """
    eventually(aws.uncounted, lambda left: not left)
    try:
        admin().told("PUT", "/admin/clock", {"offset_s": days * DAY_S})
        yield
    finally:
        admin().told("PUT", "/admin/clock", {"offset_s": 0})
