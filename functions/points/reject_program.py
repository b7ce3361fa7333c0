"""POST /v1/admin/program/reject: drop a change of the program that waits. Its author may, too."""

from mall import errors, keys
from mall.http import Caller, operation
from mall.points.program import changes, views
from mall.store import Commit, OpenStore


@operation(refuses=(errors.NotFound, errors.AlreadyDecided, errors.Busy))
def reject_program(
    request: views.ProgramVersionRequest, caller: Caller, store: OpenStore
) -> views.ProgramVersionView:
    """Reject a version; one that was rejected before stays as it is."""

    def attempt(_: errors.Stale | None) -> Commit[views.ProgramVersionView]:
        version = store.get("points", keys.program_version(request.version))
        return Commit(*changes.reject(version, caller.id, store.now()))

    return store.commit(attempt)
