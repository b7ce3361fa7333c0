"""Rows of a file as new products: what a request may say, flattened into columns.

Each row is held to the very request of `POST /v1/admin/products`. A product of variants does not
fit into a row and is created by a request of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from mall.catalog.imports.table import (
    Columns,
    Faults,
    Location,
    Row,
    accepted,
    number_in,
    rows_of,
)
from mall.catalog.requests import MOVED_UNITS_MAX, CreateProductRequest

_TEXTS = (
    "name", "type", "category", "description", "stock_mode", "on_sale_from", "on_sale_until",
    "listed_from", "listed_until",
)  # fmt: skip
_NUMBERS = ("shards", "stock")
COLUMNS = Columns(
    known=(
        "name", "type", "category", "points", "cash_amount", "cash_currency", "description",
        "stock_mode", "shards", "limit_per_member", "limit_per", "tiers", "on_sale_from",
        "on_sale_until", "listed_from", "listed_until", "stock", "attributes",
    ),
    needed=("name", "type", "category", "points"),
)  # fmt: skip
_NESTED = {
    "price.points": "points",
    "price.cash": "cash_amount",
    "price.cash.amount": "cash_amount",
    "price.cash.currency": "cash_currency",
    "price": "points",
    "limit_per_member.units": "limit_per_member",
    "limit_per_member.per": "limit_per",
}


class ProductRow(CreateProductRequest):
    """A new product, with the units that it begins with."""

    stock: Annotated[int, Field(strict=True, ge=0, le=MOVED_UNITS_MAX)] = 0


@dataclass(frozen=True)
class NewProduct:
    """A row that was accepted, and its number."""

    row: int
    request: ProductRow


def products_of(content: bytes, faults: Faults) -> list[NewProduct]:
    """The products of a file; `faults` gets the rows that are none, or repeat an earlier one."""
    found = []
    seen: dict[frozenset[tuple[str, str]], int] = {}
    for row in rows_of(content, COLUMNS, faults):
        earlier = seen.setdefault(frozenset(row.cells.items()), row.number)
        if earlier != row.number:
            faults.add(row.number, "", f"the row is the same as row {earlier}")
        request = accepted(ProductRow, row, _said(row, faults), _column, faults)
        if request and _may_have_stock(request, row, faults):
            found.append(NewProduct(row.number, request))
    return found


def _said(row: Row, faults: Faults) -> dict[str, Any]:
    """The request that a row's cells make; an empty cell says nothing."""
    cells = row.cells
    said: dict[str, Any] = {name: cells[name] for name in _TEXTS if name in cells}
    said |= {name: number_in(cells[name]) for name in _NUMBERS if name in cells}
    said["price"] = _numbers(cells, {"points": "points"})
    if cash := _numbers(cells, {"cash_amount": "amount", "cash_currency": "currency"}):
        said["price"]["cash"] = cash
    if limit := _numbers(cells, {"limit_per_member": "units", "limit_per": "per"}):
        said["limit_per_member"] = limit
    if "tiers" in cells:
        said["tiers"] = [tier.strip() for tier in cells["tiers"].split(";")]
    if "attributes" in cells:
        said["attributes"] = _attributes(row, faults)
    return said


def _numbers(cells: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    """The cells of some columns under the names of a request, numbers as numbers."""
    return {name: number_in(cells[column]) for column, name in names.items() if column in cells}


def _attributes(row: Row, faults: Faults) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in row.cells["attributes"].split(";"):
        name, equals, value = (text.strip() for text in part.partition("="))
        if not equals:
            faults.add(row.number, "attributes", "write name=value; name=value")
        elif name in found:
            faults.add(row.number, "attributes", "a name comes twice")
        found[name] = value
    return found


def _column(location: Location) -> str:
    """The column that a fault of the request is about."""
    named = ".".join(str(part) for part in location)
    if named in _NESTED:
        return _NESTED[named]
    return str(location[0]) if location else ""


def _may_have_stock(request: ProductRow, row: Row, faults: Faults) -> bool:
    product = request.product("", "", 0)
    if request.stock and (product.by_codes or not product.counted):
        faults.add(row.number, "stock", "only what is counted by units begins with stock")
        return False
    return True
