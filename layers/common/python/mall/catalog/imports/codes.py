"""Rows of a file as codes for one SKU, each of them once."""

from collections.abc import Callable, Sequence

from mall.catalog.codes import NewCode
from mall.catalog.imports.table import Columns, Faults, Row, accepted, rows_of
from mall.catalog.requests import Code
from mall.models import Request

COLUMNS = Columns(known=("code",), needed=("code",))


class CodeRow(Request):
    """One code, as a request of codes takes it."""

    code: Code


def codes_of(content: bytes, mac: Callable[[str], str], faults: Faults) -> list[NewCode]:
    """The codes of a file; `faults` gets the rows that are none, or repeat an earlier one."""
    seen: dict[str, NewCode] = {}
    for row in rows_of(content, COLUMNS, faults):
        text = _code(row, faults)
        if text is None:
            continue
        code = NewCode(row.number, mac(text), text)
        if code.mac in seen:
            faults.add(code.row, "code", f"the same code is in row {seen[code.mac].row}")
        seen.setdefault(code.mac, code)
    return list(seen.values())


def _code(row: Row, faults: Faults) -> str | None:
    found = accepted(CodeRow, row, row.cells, lambda _: "code", faults)
    return found.code if found else None


def refuse_known(codes: Sequence[NewCode], faults: Faults) -> None:
    """Note codes that came in before, free or delivered."""
    for code in codes:
        faults.add(code.row, "code", "this code is known already")
