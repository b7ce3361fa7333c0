"""A program's statement for an admin: written in the background, part by part, resumable.

The item says how far it is: which parts of the file were uploaded, and the place in the days'
markers where the next one begins. A part's upload is noted under the version that it began from, so
of two workers one goes on; a worker that is killed leaves at most one part to be written again.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mall import keys
from mall.clock import HOUR_MS, Millis
from mall.ids import derived_id
from mall.models import Request, View, is_none
from mall.points.reports.statement import Format
from mall.points.reports.views import DAYS_MAX, ProgramDate
from mall.writes import ABSENT, Write, already_done, put

_STALLED_MS = 6 * HOUR_MS  # how long nothing may have moved in one that is still running


class ExportStatement(BaseModel):
    """Ask for a statement to be written, or to be gone on with."""

    statement_id: str


class StatementRequest(Request):
    """Which entries: those of the program days from `from` to `until`, both included."""

    format: Format = "csv"
    first: Annotated[ProgramDate, Field(alias="from")]
    last: Annotated[ProgramDate, Field(alias="until")]

    @model_validator(mode="after")
    def _is_a_period(self) -> Self:
        if not 0 <= (self.last - self.first).days < DAYS_MAX:
            raise ValueError(f"until must be from, or up to {DAYS_MAX - 1} days later")
        return self


class StatementView(View):
    """How far a statement is. `progress` is in percent; the link is good for 15 minutes."""

    statement_id: str
    status: Literal["running", "ready", "failed"]
    entries: int
    progress: int
    url: str | None = Field(default=None, exclude_if=is_none)


class Export(BaseModel):
    """A statement in the making. The place is the day, bucket and marker where it goes on."""

    model_config = ConfigDict(frozen=True)

    statement_id: str
    format: Format
    first: str
    last: str
    moved_at: Millis
    version: int = 0
    ready: bool = False
    upload_id: str = ""
    parts: tuple[str, ...] = ()
    day: str
    bucket: int = 0
    after: str = ""
    entries: int = 0

    @property
    def key(self) -> str:
        """Where the file is in the bucket."""
        return f"statements/{self.statement_id}.{self.format}"

    @property
    def file_name(self) -> str:
        """What the file is called by whoever fetches it."""
        return f"points-{self.first}-{self.last}.{self.format}"

    @property
    def read(self) -> bool:
        """Whether every day was read."""
        return self.day > self.last

    def beyond(self, after: str) -> "Export":
        """One page of markers further; `after` is empty at a bucket's end."""
        if after:
            return self.model_copy(update={"after": after})
        if self.bucket + 1 < keys.MOVED_BUCKETS:
            return self.model_copy(update={"bucket": self.bucket + 1, "after": ""})
        next_day = (date.fromisoformat(self.day) + timedelta(days=1)).strftime("%Y%m%d")
        return self.model_copy(update={"day": next_day, "bucket": 0, "after": ""})

    def from_the_beginning(self) -> "Export":
        """The same statement with nothing uploaded."""
        anew = {"upload_id": "", "parts": (), "day": self.first, "bucket": 0, "after": ""}
        return self.model_copy(update={**anew, "entries": 0, "ready": False})


def begin(request: StatementRequest, statement_id: str, now: Millis) -> Export:
    """A statement of which nothing was written yet."""
    first, last = (day.strftime("%Y%m%d") for day in (request.first, request.last))
    return Export(
        statement_id=statement_id,
        format=request.format,
        first=first,
        last=last,
        day=first,
        moved_at=now,
    )


def opened(export: Export, request_hash: bytes) -> Write:
    """The write that begins a statement; AlreadyDone when this key began one."""
    item = {**to_item(export), "request_hash": request_hash}
    return put("points", item, condition=ABSENT, refused=already_done)


def to_item(export: Export) -> dict[str, Any]:
    """The statement as it stands in the points table."""
    held = export.model_dump()
    return {**keys.statement(export.statement_id), **held, "parts": list(export.parts)}


def from_item(item: Mapping[str, Any]) -> Export:
    """The statement that an item holds."""
    return Export.model_validate({name: item[name] for name in Export.model_fields})


def statement_id_of(item: Mapping[str, Any]) -> str:
    """The id of the statement that an item is."""
    return str(item["pk"].partition("#")[2])


def statement_id(caller: str, key: str) -> str:
    """The id of the statement that a caller asks for under an Idempotency-Key."""
    return derived_id("start_statement", caller, key)


def view(export: Export, now: Millis, url: str | None = None) -> StatementView:
    """How far it is. One that has not moved for six hours has failed, until it moves again."""
    stalled = not export.ready and now - export.moved_at > _STALLED_MS
    first, last, day = map(date.fromisoformat, (export.first, export.last, export.day))
    days = (last - first).days + 1
    return StatementView(
        statement_id=export.statement_id,
        status="ready" if export.ready else "failed" if stalled else "running",
        entries=export.entries,
        progress=100 if export.ready else min(99, (day - first).days * 100 // days),
        url=url,
    )
