"""Files that are imported: checked whole, then brought in batch by batch while there is time.

What a death leaves, between any two lines:

    validating    nothing is in; the next run validates again, and finds the same
    kept          a copy of the file that no link leads to; the next run makes it again
    importing     `done` rows are in, exactly; the next run goes on behind them
    all are in    a list of the new ids that nobody was told of; the next run writes it again
    finished      files that leave after days; the next run removes them

Of two runs at once, one finds the version gone that it began from, and gives way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from mall import keys
from mall.catalog.codes import NewCode
from mall.catalog.imports import bringing
from mall.catalog.imports.codes import codes_of, refuse_known
from mall.catalog.imports.products import NewProduct, products_of
from mall.catalog.imports.progress import MEDIA_TYPE, Import, from_item, moved
from mall.catalog.imports.table import Faults
from mall.catalog.product import Product, existing
from mall.errors import NotFound, Stale
from mall.exports import Exports
from mall.secrets import CodeVault, code_mac
from mall.store.client import Commit, Store
from mall.store.codes import incoming, known_codes
from mall.store.shelf import read_product
from mall.uploads import Uploads
from mall.writes import Write


class Overtaken(Exception):
    """Another worker is at this import, and ahead."""


@dataclass(frozen=True)
class Desk:
    """What an import is done with: the stage's tables and files, and what codes are kept by."""

    store: Store
    uploads: Uploads
    exports: Exports
    secret: bytes
    vault: CodeVault


def read_import(store: Store, import_id: str) -> Import:
    """An import and how far it is. Raises NotFound."""
    item = store.get("catalog", keys.bulk_import(import_id))
    if item is None:
        raise NotFound("There is no such import.")
    return from_item(item)


class Importer:
    """Does one import, for as long as there is time."""

    def __init__(self, desk: Desk, import_id: str) -> None:
        self._desk = desk
        self._at = read_import(desk.store, import_id)

    def run(self, seconds: float) -> bool:
        """Go on for so many seconds, one batch at least; whether nothing is left to do.

        Raises Overtaken, and Busy.
        """
        until = monotonic() + seconds
        if self._at.status == "validating":
            self._validate()
        if self._at.status == "importing" and not self._bring_in(until):
            return False
        if self._at.finished:
            for file in (self._at.key("upload"), self._at.key("kept")):
                self._desk.uploads.remove(file)
        return True

    # --- the file as a whole ---------------------------------------------------------------------

    def _validate(self) -> None:
        at, faults, rows = self._at, Faults(), 0
        try:
            content = self._desk.uploads.read(at.key("upload"), at.tag)
            rows = len(self._rows(content, faults)) if content is not None else 0
            if not faults.count and not self._keep():
                faults.add(0, "", "the file was removed after the start: import it anew")
        except Stale:
            faults.add(0, "", "the file was replaced after the start: import it anew")
        self._write(at.rejected(faults) if faults.count else at.accepted(rows))

    def _rows(self, content: bytes, faults: Faults) -> Sequence[object]:
        if self._at.kind == "products":
            return products_of(content, faults)
        codes = self._codes(content, faults)
        refuse_known(list(known_codes(self._desk.store, self._at.product_id, codes)), faults)
        return codes

    def _keep(self) -> bool:
        """Copy the file to where no link leads, whoever still has one; whether it was there."""
        upload, kept = self._at.key("upload"), self._at.key("kept")
        return self._desk.uploads.keep(upload, self._at.tag, kept, {"ContentType": MEDIA_TYPE})

    def _codes(self, content: bytes, faults: Faults) -> list[NewCode]:
        product_id = self._at.product_id
        return codes_of(content, lambda text: code_mac(self._desk.secret, product_id, text), faults)

    # --- batch by batch --------------------------------------------------------------------------

    def _bring_in(self, until: float) -> bool:
        """Bring in the rows that are left; whether none is, when time is up."""
        content = self._desk.exports.get(self._at.key("kept"))
        if content is None:
            raise RuntimeError(f"the file of import {self._at.import_id} is gone")
        if self._at.kind == "codes":
            self._bring_codes(self._codes(content, Faults()), until)
        else:
            self._bring_products(products_of(content, Faults()), until)
        return self._at.finished

    def _bring_products(self, found: Sequence[NewProduct], until: float) -> None:
        while left := found[self._at.done :]:
            parts = bringing.next_products(left, self._at, self._desk.store.now())
            self._write(self._at.brought(len(parts)), [write for part in parts for write in part])
            if monotonic() >= until:
                return
        ids = "".join(bringing.products_file(found, self._at.import_id))
        self._desk.exports.put(self._at.key("products"), ids.encode(), MEDIA_TYPE)
        self._write(self._at.completed())

    def _bring_codes(self, found: Sequence[NewCode], until: float) -> None:
        product = existing(read_product(self._desk.store, self._at.product_id))
        while left := found[self._at.done :]:
            self._bring_batch(product, *bringing.next_codes(left, self._at, product))
            if monotonic() >= until:
                return
        self._write(self._at.completed())

    def _bring_batch(self, product: Product, shard: int, batch: Sequence[NewCode]) -> None:
        """Codes and their units; a code that came in elsewhere meanwhile is left where it is."""
        at, desk = self._at, self._desk

        def decide() -> tuple[Import, list[Write]]:
            faults = Faults()
            writes, known = incoming(
                desk.store, desk.vault, product, at.sku, shard, batch, at.import_id
            )
            refuse_known(known, faults)
            return at.brought(len(batch)).noting(faults), writes

        self._commit(decide)

    # --- writing ---------------------------------------------------------------------------------

    def _write(self, after: Import, writes: Sequence[Write] = ()) -> None:
        self._commit(lambda: (after, writes))

    def _commit(self, decide: Callable[[], tuple[Import, Sequence[Write]]]) -> None:
        """Write the next version of the import, and what comes in with it. Raises Overtaken."""
        at = self._at

        def attempt(_: Stale | None) -> Commit[Import]:
            if read_import(self._desk.store, at.import_id).version != at.version:
                raise Overtaken
            after, writes = decide()
            return Commit([moved(at, after), *writes], after)

        after = self._desk.store.commit(attempt)
        self._at = after.model_copy(update={"version": at.version + 1})
