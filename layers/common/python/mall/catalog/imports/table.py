"""A CSV file as rows of named cells, and everything that is wrong with it, by row and column.

Rows are counted as a spreadsheet counts them: the header is row 1. No message repeats what a cell
holds, because it may be a code.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ValidationError

ROWS_MAX = 10_000
ERRORS_SHOWN_MAX = 1000
SIZE_BYTES_MAX = 10 * 1024 * 1024
_HEADER = 1
_MESSAGE_MAX = 200
_INTEGER = re.compile(r"-?[0-9]{1,18}")
M = TypeVar("M", bound=BaseModel)
Location = tuple[int | str, ...]


@dataclass(frozen=True)
class Wrong:
    """Something wrong in a row: of one column, or (empty) of the row as a whole."""

    row: int
    column: str
    message: str


@dataclass
class Faults:
    """What is wrong with a file: the first 1,000 of it, and how much there is in all."""

    shown: list[Wrong] = field(default_factory=list)
    count: int = 0

    def add(self, row: int, column: str, message: str) -> None:
        """Note one more."""
        self.count += 1
        if len(self.shown) < ERRORS_SHOWN_MAX:
            self.shown.append(Wrong(row, column, message[:_MESSAGE_MAX]))


@dataclass(frozen=True)
class Row:
    """One row: its number, and its cells by column, without those that are empty."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Columns:
    """The columns that a file may have, and those that it must."""

    known: Sequence[str]
    needed: Sequence[str]


def rows_of(content: bytes, columns: Columns, faults: Faults) -> list[Row]:
    """The rows of a file that could be read; `faults` gets what could not."""
    text = _text(content, faults)
    if text is None:
        return []
    records = _records(text, faults)
    header = next(records, (_HEADER, []))[1]
    names = [name.strip().lower() for name in header]
    if not _is_header(names, columns, faults):
        return []
    rows: list[Row] = []
    for number, cells in records:
        if len(rows) == ROWS_MAX:
            faults.add(number, "", f"a file has {ROWS_MAX:,} rows at most")
            break
        if len(cells) != len(names):
            faults.add(number, "", f"the row has {len(cells)} cells, the header {len(names)}")
        else:
            named = zip(names, (cell.strip() for cell in cells), strict=True)
            rows.append(Row(number, {name: cell for name, cell in named if cell}))
    if not rows and not faults.count:
        faults.add(_HEADER, "", "the file has no rows")
    return rows


def _text(content: bytes, faults: Faults) -> str | None:
    """UTF-8, with or without the mark that spreadsheets put before it."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        faults.add(row, "", "the file is not UTF-8; save it as CSV UTF-8")
        return None


def _records(text: str, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    """Numbered records without empty lines, until the file is no CSV any more."""
    number = 0
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, ""), strict=True), start=1):
            if cells:
                yield number, cells
    except csv.Error:
        faults.add(number + 1, "", "this is no CSV: a quote or a cell does not end")


def _is_header(names: Sequence[str], columns: Columns, faults: Faults) -> bool:
    before = faults.count
    for place, name in enumerate(names):
        if name not in columns.known:
            known = ", ".join(columns.known)
            faults.add(_HEADER, f"column {place + 1}", f"the header must be of: {known}")
        elif name in names[:place]:
            faults.add(_HEADER, name, "this column comes twice")
    for name in columns.needed:
        if name not in names:
            faults.add(_HEADER, name, "this column is missing")
    return faults.count == before


def number_in(cell: str) -> int | str:
    """A cell's whole number; other text stays, for a model to refuse."""
    return int(cell) if _INTEGER.fullmatch(cell) else cell


def accepted(
    model: type[M], row: Row, said: object, column: Callable[[Location], str], faults: Faults
) -> M | None:
    """What a row says as a request, or None; `faults` gets what the model refuses, by column."""
    try:
        return model.model_validate(said)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False, include_context=False):
            location, message = _named(fault["loc"], fault["msg"].removeprefix("Value error, "))
            faults.add(row.number, column(location), message)
        return None


def _named(location: Location, message: str) -> tuple[Location, str]:
    """A fault of the whole request may name its field in the message."""
    name, colon, rest = message.partition(": ")
    return (
        ((name,), rest) if not location and colon and name.isidentifier() else (location, message)
    )
