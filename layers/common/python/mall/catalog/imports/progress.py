"""An import: what it is of, how far it is, and what is wrong with its file.

waiting ──▶ validating ──▶ importing ──▶ done
                     └──▶ rejected

Each step and each batch is written under the version that it began from, a batch in one transaction
with what it brings in. So a batch comes in once, whoever dies or comes twice, and `done` rows are
in, exactly.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mall import keys
from mall.catalog.imports.table import Faults, Wrong
from mall.catalog.requests import Sku
from mall.clock import Millis
from mall.models import Request, View, is_none
from mall.writes import ABSENT, Write, already_done, put, put_version

Kind = Literal["products", "codes"]
Status = Literal["waiting", "validating", "importing", "done", "rejected"]
MEDIA_TYPE = "text/csv"


class RunImport(BaseModel):
    """Ask for an import to go on."""

    import_id: str


class ImportRequest(Request):
    """A file to be imported: of new products, or of codes for one SKU of a product."""

    kind: Kind
    product_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = None
    sku: Sku | None = None

    @model_validator(mode="after")
    def _is_for_something(self) -> Self:
        if self.kind == "codes" and not self.product_id:
            raise ValueError("codes are for a product: say which by product_id")
        if self.kind == "products" and (self.product_id or self.sku):
            raise ValueError("products come with neither product_id nor sku")
        return self


class ImportUploadView(View):
    """Where to PUT the file, with exactly these headers, and until when."""

    import_id: str
    upload_url: str
    headers: dict[str, str]
    expires_at: str


class WrongView(View):
    """Something wrong; `column` is empty where it is the row. The header is row 1."""

    row: int
    column: str
    message: str


class ImportStateView(View):
    """How far an import is: `done` of `rows` are in. `errors` are 1,000 at most, by row.

    `products_url` leads to the ids of new products by row, once all are in, for 15 minutes.
    """

    import_id: str
    kind: Kind
    status: Status
    rows: int
    done: int
    errors: list[WrongView]
    errors_more: int
    products_url: str | None = Field(default=None, exclude_if=is_none)


class Import(BaseModel):
    """An import as it stands. `tag` is what the started file is known by."""

    model_config = ConfigDict(frozen=True)

    import_id: str
    kind: Kind
    product_id: str = ""
    sku: str = ""
    actor: str
    created_at: Millis
    request_hash: bytes
    status: Status = "waiting"
    tag: str = ""
    rows: int = 0
    done: int = 0
    wrong: tuple[tuple[int, str, str], ...] = ()
    wrong_count: int = 0
    version: int = 1

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.status in ("done", "rejected")

    def key(self, file: Literal["upload", "kept", "products"]) -> str:
        """Where one of its files is in the bucket."""
        return f"imports/{self.import_id}/{file}.csv"

    def started(self, tag: str) -> "Import":
        """The import with its file, to be validated."""
        return self.model_copy(update={"status": "validating", "tag": tag})

    def accepted(self, rows: int) -> "Import":
        """The import of a file in which nothing is wrong."""
        return self.model_copy(update={"status": "importing", "rows": rows})

    def rejected(self, faults: Faults) -> "Import":
        """The import of a file in which something is: nothing of it comes in."""
        return self.noting(faults).model_copy(update={"status": "rejected"})

    def brought(self, rows: int) -> "Import":
        """The import with so many more rows behind it."""
        return self.model_copy(update={"done": self.done + rows})

    def completed(self) -> "Import":
        """The import with everything in."""
        return self.model_copy(update={"status": "done"})

    def noting(self, faults: Faults) -> "Import":
        """The import with more that is wrong; what is shown of it stays bounded."""
        all_of_it = Faults([Wrong(*each) for each in self.wrong], self.wrong_count)
        for each in faults.shown:
            all_of_it.add(each.row, each.column, each.message)
        shown = tuple((each.row, each.column, each.message) for each in all_of_it.shown)
        count = self.wrong_count + faults.count
        return self.model_copy(update={"wrong": shown, "wrong_count": count})


def opened(begun: Import) -> Write:
    """The write that begins an import; AlreadyDone when this key began one."""
    return put("catalog", to_item(begun), condition=ABSENT, refused=already_done)


def moved(before: Import, after: Import) -> Write:
    """The write of an import's next version; Stale when somebody else wrote it."""
    return put_version("catalog", to_item(after), before.version)


def to_item(imported: Import) -> dict[str, Any]:
    """The import as it stands in the catalog table."""
    held = imported.model_dump()
    wrong = [list(each) for each in imported.wrong]
    return {**keys.bulk_import(imported.import_id), **held, "wrong": wrong}


def from_item(item: Mapping[str, Any]) -> Import:
    """The import that an item holds."""
    return Import.model_validate({name: item[name] for name in Import.model_fields})


def view(imported: Import, products_url: str | None = None) -> ImportStateView:
    """The import as it is shown."""
    return ImportStateView(
        import_id=imported.import_id,
        kind=imported.kind,
        status=imported.status,
        rows=imported.rows,
        done=imported.done,
        errors=[WrongView(row=r, column=c, message=m) for r, c, m in sorted(imported.wrong)],
        errors_more=imported.wrong_count - len(imported.wrong),
        products_url=products_url,
    )
