"""Files as rows: what a CSV may look like, what is wrong with one, and what rows become."""

import csv
import io
from pathlib import Path

import pytest
from mall.catalog.codes import CODES_PER_COMMIT_MAX, NewCode
from mall.catalog.imports.bringing import next_codes, next_products, product_id_of, products_file
from mall.catalog.imports.codes import codes_of
from mall.catalog.imports.products import COLUMNS as PRODUCT_COLUMNS
from mall.catalog.imports.products import NewProduct, products_of
from mall.catalog.imports.progress import Import, from_item, to_item
from mall.catalog.imports.table import ROWS_MAX, Columns, Faults, rows_of

from tests.builders import any_id, any_product

COLUMNS = Columns(known=("a", "b"), needed=("a",))
GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "imports.md"
HEADER = "name,type,category,points"


def _rows(content: bytes | str) -> tuple[list[tuple[int, dict[str, str]]], list[tuple[int, str]]]:
    """Rows and faults of a file of the columns a and b."""
    faults = Faults()
    raw = content.encode() if isinstance(content, str) else content
    rows = [(row.number, dict(row.cells)) for row in rows_of(raw, COLUMNS, faults)]
    return rows, [(wrong.row, wrong.column) for wrong in faults.shown]


def _products(*rows: str, header: str = HEADER) -> tuple[list[NewProduct], list[tuple[int, str]]]:
    faults = Faults()
    found = products_of("\n".join([header, *rows]).encode(), faults)
    return found, [(wrong.row, wrong.column) for wrong in faults.shown]


def _import(**changed: object) -> Import:
    facts = {
        "import_id": any_id(), "kind": "products", "actor": "the-admin", "created_at": 1,
        "request_hash": b"hash",
    }  # fmt: skip
    return Import.model_validate(facts | changed)


# --- what a file may look like -------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "end"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def should_read_every_spelling_of_one_file(end: str, last: str, mark: str) -> None:
    content = mark + end.join(["a,b", "1,2", "", '"3 ""x"", y",4']) + (end if last else "")
    assert _rows(content) == ([(2, {"a": "1", "b": "2"}), (4, {"a": '3 "x", y', "b": "4"})], [])


def should_let_cells_hold_lines_and_rows_stay_counted() -> None:
    rows, faults = _rows('a,b\n"1\r\n2",x\n3,y\n')
    assert rows == [(2, {"a": "1\r\n2", "b": "x"}), (3, {"a": "3", "b": "y"})]
    assert faults == []


def should_take_columns_in_any_order_and_case_and_leave_out_empty_cells() -> None:
    assert _rows(" B ,A\n, 1 \n")[0] == [(2, {"a": "1"})]
    assert _rows("a\n1\n")[0] == [(2, {"a": "1"})]


def should_read_text_of_every_language() -> None:
    assert _rows("a\n杯子 ☕\n")[0] == [(2, {"a": "杯子 ☕"})]


# --- what is wrong with one ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", [(1, "a")]),
        ("\n\n", [(1, "a")]),
        ("a\n", [(1, "")]),
        ("a\n\n\n", [(1, "")]),
        ("a,c\n1,2\n", [(1, "column 2")]),
        ("a;b\n1;2\n", [(1, "column 1"), (1, "a")]),
        ("a,a\n1,2\n", [(1, "a")]),
        ("b\n1\n", [(1, "a")]),
        ("a,b\n1\n1,2,3\n1,2\n", [(2, ""), (3, "")]),
        (b"a\n1\n\xff\n", [(3, "")]),
        ("a\n1\n".encode("utf-16"), [(1, "")]),
        ('a\n1\n"2', [(3, "")]),
        ('a\n"1"2\n', [(2, "")]),
        ("a\n" + "x" * 200_000 + "\n", [(2, "")]),
    ],
    ids=str,
)
def should_say_what_is_wrong_where(content: bytes | str, expected: list[tuple[int, str]]) -> None:
    assert _rows(content)[1] == expected


def should_take_so_many_rows_and_not_one_more() -> None:
    content = "a\n" + "1\n" * ROWS_MAX
    rows, faults = _rows(content)
    assert (len(rows), faults) == (ROWS_MAX, [])
    assert _rows(content + "1\n")[1] == [(ROWS_MAX + 2, "")]


def should_show_a_thousand_faults_and_count_them_all() -> None:
    faults = Faults()
    for row in range(1500):
        faults.add(row, "a", "x" * 1000)
    assert (len(faults.shown), faults.count) == (1000, 1500)
    held = to_item(_import().noting(faults).noting(faults))
    assert held["wrong_count"] == 3000
    assert len(str(held)) < 300_000  # an item holds 400 KB


# --- products ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        ("Mug,physical,home,5", set()),
        (",physical,home,5", {"name"}),
        ("Mug,,home,5", {"type"}),
        ("Mug,physical,home,", {"points"}),
        ("Mug,physical,home,5.0", {"points"}),
        ("Mug,physical,home,-1", {"points"}),
        ("Mug,physical,home,99999999999999999999", {"points"}),
        ("x\x00y,physical,home,5", {"name"}),
        ("Mug,physical,HOME,zero", {"category", "points"}),
    ],
)
def should_name_the_column_of_each_fault(row: str, columns: set[str]) -> None:
    assert {column for _, column in _products(row)[1]} == columns


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"cash_amount": "5"}, "cash_currency"),
        ({"cash_currency": "USD"}, "cash_amount"),
        ({"cash_amount": "5", "cash_currency": "usd"}, "cash_currency"),
        ({"limit_per": "day"}, "limit_per_member"),
        ({"limit_per_member": "1", "limit_per": "year"}, "limit_per"),
        ({"limit_per_member": "0"}, "limit_per_member"),
        ({"tiers": "Gold!"}, "tiers"),
        ({"on_sale_from": "today"}, "on_sale_from"),
        ({"on_sale_from": "2026-11-02T00:00:00Z", "on_sale_until": "2026-11-01T00:00:00Z"},
         "on_sale_until"),
        ({"attributes": "color"}, "attributes"),
        ({"attributes": "color=red;color=blue"}, "attributes"),
        ({"attributes": "Color=red"}, "attributes"),
        ({"stock": "many"}, "stock"),
        ({"stock": "-1"}, "stock"),
        ({"stock": "1", "stock_mode": "unlimited"}, "stock"),
        ({"shards": "65"}, "shards"),
    ],
)  # fmt: skip
def should_hold_every_column_to_the_request(cells: dict[str, str], column: str) -> None:
    header = ",".join([HEADER, *cells])
    found, faults = _products("Mug,physical,home,5," + ",".join(cells.values()), header=header)
    assert {named for _, named in faults} == {column}
    assert found == [] or column == "attributes"


def should_refuse_the_same_row_twice() -> None:
    _, faults = _products("Mug,physical,home,5", "Mug,physical,home,6", "Mug, physical,home,5 ")
    assert faults == [(4, "")]


def should_document_every_column() -> None:
    guide = GUIDE.read_text()
    assert [name for name in PRODUCT_COLUMNS.known if f"`{name}`" not in guide] == []


# --- codes ---------------------------------------------------------------------------------------


def should_know_a_code_once_and_never_tell_it() -> None:
    faults = Faults()
    content = "code\nA\n\n B \nA\n" + "x" * 201 + "\n"
    codes = codes_of(content.encode(), str.lower, faults)
    assert codes == [NewCode(2, "a", "A"), NewCode(4, "b", "B")]
    assert [(wrong.row, wrong.column) for wrong in faults.shown] == [(5, "code"), (6, "code")]
    assert "row 2" in faults.shown[0].message
    assert "xx" not in faults.shown[1].message


# --- batches -------------------------------------------------------------------------------------


def should_fit_every_batch_into_a_transaction_and_leave_no_row_out() -> None:
    header = f"{HEADER},shards,stock"
    rows = [f"Mug {n},physical,home,5,{n % 64 + 1},{n * 10}" for n in range(200)]
    found, faults = _products(*rows, header=header)
    assert faults == []
    done = 0
    while done < len(found):
        parts = next_products(found[done:], _import(done=done), 1)
        assert parts
        assert sum(map(len, parts)) < 100  # with the import itself
        done += len(parts)
    assert done == len(found)


def should_derive_ids_from_import_and_row_alone() -> None:
    imported = _import()
    [new], _ = _products("Mug,physical,home,5")
    first, again = (next_products([new], imported, at)[0][0].item for at in (1, 2))
    assert first["pk"] == again["pk"] == f"PRODUCT#{product_id_of(imported.import_id, 2)}"
    assert product_id_of(imported.import_id, 3) != product_id_of(imported.import_id, 2)
    assert product_id_of("other", 2) != product_id_of(imported.import_id, 2)


def should_go_round_the_shards_batch_by_batch() -> None:
    product = any_product(shards=3)
    codes = [NewCode(n, str(n), str(n)) for n in range(2, 300)]
    shards = []
    done = 0
    while done < len(codes):
        shard, batch = next_codes(codes[done:], _import(done=done), product)
        shards.append(shard)
        done += len(batch)
        assert len(batch) <= CODES_PER_COMMIT_MAX
    assert shards == [0, 1, 2, 0, 1, 2, 0, 1]


def should_list_what_each_row_became() -> None:
    found, _ = _products("Mug,physical,home,5", "Cup,physical,home,5")
    rows = list(csv.reader(io.StringIO("".join(products_file(found, "import")))))
    assert rows == [
        ["row", "product_id"],
        ["2", product_id_of("import", 2)],
        ["3", product_id_of("import", 3)],
    ]


def should_keep_all_that_an_import_knows() -> None:
    faults = Faults()
    faults.add(3, "name", "wrong")
    imported = _import(status="done", rows=3, done=3, tag="tag", sku="s").noting(faults)
    assert from_item(to_item(imported)) == imported
