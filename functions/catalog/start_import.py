"""POST /v1/admin/imports/{import_id}/start: the file is uploaded; check it and bring it in.

Which file it is, is written first, and the queue told after it. If this dies in between, the same
call again tells the queue; telling it twice is harmless.
"""

from mall import errors
from mall.catalog.imports.progress import Import, ImportStateView, RunImport, moved, view
from mall.catalog.imports.table import SIZE_BYTES_MAX
from mall.events import Work
from mall.http import PathId, operation
from mall.store import Commit, OpenStore
from mall.store.imports import read_import
from mall.uploads import OpenImportFiles, Uploads


@operation(status=202, refuses=(errors.NotFound, errors.BadUpload, errors.Busy))
def start_import(import_id: PathId, store: OpenStore, files: OpenImportFiles) -> ImportStateView:
    """Start an import; starting it again changes nothing."""

    def attempt(_: errors.Stale | None) -> Commit[Import]:
        before = read_import(store, import_id)
        if before.status != "waiting":
            return Commit([], before)
        after = before.started(_uploaded(files, before.key("upload")))
        return Commit([moved(before, after)], after)

    started = store.commit(attempt)
    if not started.finished:
        Work("imports").send([RunImport(import_id=import_id)])
    return view(started)


def _uploaded(files: Uploads, key: str) -> str:
    """The tag of the uploaded file. Raises BadUpload."""
    found = files.arrived(key)
    if found is None:
        raise errors.BadUpload("Nothing was uploaded yet, or it has left again.", reason="missing")
    if found.size_bytes > SIZE_BYTES_MAX:
        raise errors.BadUpload("The file is too large.", reason="size")
    return found.tag
