"""Statements as files: the columns, and how an entry is written in CSV and in JSON.

CSV is RFC 4180 with a header. Instants are UTC, points whole numbers, lots are left to the JSON. A
text that a spreadsheet would take for a formula begins with an apostrophe: cells hold what partners
and admins wrote.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Literal

from mall.clock import instant
from mall.points.ledger.entry import Entry
from mall.points.views import statement_line

Format = Literal["csv", "json"]
Noted = tuple[Entry, str | None]  # an entry with the text of its note, if any stands

INLINE_MAX = 1_000  # entries of a statement that is answered at once
MEDIA_TYPES: Mapping[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
COLUMNS = (
    "revision", "at", "kind", "points", "available_after", "pending_after", "debt_after",
    "source_type", "source_id", "note", "hash",
)  # fmt: skip
PROGRAM_COLUMNS = ("member", *(name for name in COLUMNS if name != "note"), "rules", "actor")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def text_cell(text: str) -> str:
    """Text that no spreadsheet computes."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_line(cells: Iterable[str | int]) -> str:
    """One line of RFC 4180; text is kept from being a formula, numbers are as they are."""
    line = io.StringIO()
    csv.writer(line).writerow([c if isinstance(c, int) else text_cell(c) for c in cells])
    return line.getvalue()


def file_of(format_: Format, first: date, last: date, entries: Iterable[Noted]) -> Iterator[str]:
    """A member's own statement, piece by piece, oldest entry first."""
    if format_ == "csv":
        yield csv_line(COLUMNS)
        for entry, note in entries:
            cells = _cells(entry) | {"note": note or ""}
            yield csv_line(cells[name] for name in COLUMNS)
        return
    yield f'{{"from": "{first.isoformat()}", "until": "{last.isoformat()}", "items": ['
    for number, (entry, note) in enumerate(entries):
        notes = {entry.note.id: note} if entry.note and note else {}
        yield (",\n" if number else "\n") + statement_line(entry, notes).model_dump_json()
    yield "\n]}\n"


def program_header(format_: Format) -> str:
    """What a program's statement begins with."""
    return csv_line(PROGRAM_COLUMNS) if format_ == "csv" else ""


def program_line(format_: Format) -> Callable[[Entry], str]:
    """How a program's statement shows an entry: without notes, which are personal data."""
    return _program_csv if format_ == "csv" else _program_json


def _program_csv(entry: Entry) -> str:
    cells = _cells(entry) | {"member": entry.member, "rules": entry.rules, "actor": entry.actor}
    return csv_line(cells[name] for name in PROGRAM_COLUMNS)


def _program_json(entry: Entry) -> str:
    line: dict[str, Any] = {"member": entry.member}
    line |= statement_line(entry, {}).model_dump(mode="json")
    line |= {"rules": entry.rules, "actor": entry.actor}
    return json.dumps(line, separators=(",", ":")) + "\n"


def _cells(entry: Entry) -> dict[str, str | int]:
    after = entry.after
    return {
        "revision": entry.revision,
        "at": instant(entry.at),
        "kind": entry.kind,
        "points": entry.points,
        "available_after": after.available,
        "pending_after": after.pending_points,
        "debt_after": after.debt,
        "source_type": entry.source.type,
        "source_id": entry.source.id,
        "hash": entry.hash.hex(),
    }
