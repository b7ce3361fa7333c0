"""Reading statements: a member's chain between two instants, and all entries of program days."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from time import monotonic

from mall import keys
from mall.clock import Millis
from mall.errors import NotFound, Stale
from mall.exports import PART_BYTES, Exports
from mall.points.ledger.entry import Entry
from mall.points.reports.export import Export, from_item, to_item
from mall.points.reports.statement import MEDIA_TYPES, Noted, program_header, program_line
from mall.store.client import Commit, Store
from mall.store.ledger import entries, head, head_at
from mall.store.totals import stretch
from mall.writes import update

_NOTES_AT_ONCE = 100
_MARKERS = 100
_READERS = 16


# --- of a member ---------------------------------------------------------------------------------


def revisions(store: Store, member: str, begins: Millis, ends: Millis) -> range:
    """Which entries were made from `begins` until before `ends`. About 2 log2(n) reads of one."""
    newest = head(store, member)
    if newest is None:
        return range(0)
    last = newest if newest.at < ends else head_at(store, newest, ends - 1)
    before = head_at(store, last, begins - 1) if last and last.at >= begins else last
    return range((before.revision if before else 0) + 1, (last.revision if last else 0) + 1)


def noted(store: Store, member: str, wanted: range) -> Iterator[Noted]:
    """Entries with the text of their notes that still stand, a page at a time."""
    found = iter(entries(store, member, wanted.start) if wanted else ())
    left = len(wanted)
    while page := list(islice(found, min(left, _NOTES_AT_ONCE))):
        left -= len(page)
        ids = list(dict.fromkeys(each.note.id for each in page if each.note))
        items = store.get_many([("users", keys.note(member, note_id)) for note_id in ids])
        texts = {n: item["text"] for n, item in zip(ids, items, strict=True) if item}
        yield from ((each, texts.get(each.note.id) if each.note else None) for each in page)


# --- of the program ------------------------------------------------------------------------------


class Overtaken(Exception):
    """Another worker is at this statement, and ahead."""


class ExportWriter:
    """Writes one program statement, for as long as there is time."""

    def __init__(self, store: Store, exports: Exports, statement_id: str) -> None:
        self._store = store
        self._exports = exports
        self._noted = self._read(statement_id)
        self._place = self._noted
        self._held = bytearray()

    def run(self, seconds: float) -> Export:
        """Go on with the statement until it is ready or time is up. Raises Overtaken."""
        until = monotonic() + seconds
        if self._noted.ready:
            return self._noted
        if not self._noted.parts:
            self._held += program_header(self._noted.format).encode()
        while not self._place.read:
            if monotonic() >= until:
                return self._noted
            self._read_page()
            if len(self._held) >= PART_BYTES:
                self._upload()
        self._finish()
        return self._noted

    def _read_page(self) -> None:
        place = self._place
        partition = keys.moved_partition(place.day, place.bucket)
        after = {"pk": partition, "sk": place.after} if place.after else None
        page = self._store.query(
            "points", "#pk = :pk", {"pk": partition}, limit=_MARKERS, after=after, consistent=True
        )
        line, count = program_line(place.format), 0
        with ThreadPoolExecutor(_READERS) as readers:
            for found in readers.map(self._entries, page.items):
                self._held += "".join(map(line, found)).encode()
                count += len(found)
        beyond = place.beyond(page.last["sk"] if page.last else "")
        self._place = beyond.model_copy(update={"entries": place.entries + count})

    def _entries(self, marker: dict[str, object]) -> Sequence[Entry]:
        return stretch(
            self._store, str(marker["sk"]), int(str(marker["first"])), int(str(marker["last"]))
        )

    def _upload(self) -> None:
        place = self._place
        upload_id = place.upload_id or self._exports.begin(place.key, MEDIA_TYPES[place.format])
        number = len(place.parts) + 1
        tag = self._exports.add(place.key, upload_id, number, bytes(self._held))
        parts = (*place.parts, tag)
        self._note(place.model_copy(update={"upload_id": upload_id, "parts": parts}))
        self._held.clear()

    def _finish(self) -> None:
        """Make it one file. An upload that somebody else completed is a file already."""
        place = self._place
        if not place.parts:
            self._exports.put(place.key, bytes(self._held), MEDIA_TYPES[place.format])
        else:
            if self._held:
                self._upload()
            place = self._place
            whole = self._exports.complete(place.key, place.upload_id, place.parts)
            if not whole and not self._exports.exists(place.key):
                self._note(place.from_the_beginning())
                return
        self._note(place.model_copy(update={"ready": True}))

    def _note(self, export: Export) -> None:
        was = self._noted
        now = self._store.now()
        after = export.model_copy(update={"version": was.version + 1, "moved_at": now})
        values = {n: v for n, v in to_item(after).items() if n not in ("pk", "sk")}
        changes = ", ".join(f"#{name} = :{name}" for name in values)

        def attempt(_: Stale | None) -> Commit[None]:
            if self._read(was.statement_id).version != was.version:
                raise Overtaken
            write = update(
                "points", keys.statement(was.statement_id), f"SET {changes}",
                condition="#version = :was", was=was.version, more=values,
            )  # fmt: skip
            return Commit([write], None)

        self._store.commit(attempt)
        self._noted = self._place = after

    def _read(self, statement_id: str) -> Export:
        return read_export(self._store, statement_id)


def read_export(store: Store, statement_id: str) -> Export:
    """A statement and how far it is. Raises NotFound."""
    item = store.get("points", keys.statement(statement_id))
    if item is None:
        raise NotFound("There is no such statement.")
    return from_item(item)
