"""POST /v1/admin/program/approve: let a change of money terms come into force, as a second admin.

Only what was written against the document in force can be approved, and never by its author. The
answer waits until every function decides by the new document.
"""

from mall import errors, keys
from mall.http import Caller, operation
from mall.points.program import changes, views
from mall.store import Commit, OpenStore
from mall.store.rules import active_rules


@operation(
    refuses=(
        errors.NotFound,
        errors.AlreadyDecided,
        errors.VersionChanged,
        errors.InUse,
        errors.Busy,
    )
)
def approve_program(
    request: views.ProgramVersionRequest, caller: Caller, store: OpenStore
) -> views.ProgramChangeView:
    """Approve a version; one that was approved before stays as it is."""

    def attempt(_: errors.Stale | None) -> Commit[views.ProgramChangeView]:
        version = store.get("points", keys.program_version(request.version))
        current = views.in_force(store.get("points", keys.PROGRAM))
        rules = active_rules(store).rules
        return Commit(*changes.approve(version, current, rules, caller.id, store.now()))

    view = store.commit(attempt)
    store.let_old_programs_die()
    return view
