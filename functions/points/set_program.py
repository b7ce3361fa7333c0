"""PUT /v1/admin/program: change the program's settings, all in one document.

Fields left out take their defaults. Where money terms differ from those in force (what points are
worth at a checkout, from when on an adjustment needs two), the whole document waits for another
admin: 202. A tier or type of event that an active rule speaks of must stay. Every function rereads
the program within 2 seconds; the answer waits that long, so whatever is asked after it is decided
by the new document.
"""

from mall import errors, keys
from mall.http import Caller, operation
from mall.points.program import changes, views
from mall.store import Commit, OpenStore
from mall.store.rules import active_rules


@operation(also=(202,), refuses=(errors.VersionChanged, errors.InUse, errors.Busy))
def set_program(
    request: views.SetProgramRequest, caller: Caller, store: OpenStore
) -> views.ProgramChangeView:
    """Change it, or let the change wait; the document in force and one that waits stay."""

    def attempt(_: errors.Stale | None) -> Commit[views.ProgramChangeView]:
        current = views.in_force(store.get("points", keys.PROGRAM))
        newest = store.get("points", keys.program_version(current.last_version))
        rules = active_rules(store).rules
        writes, view = changes.change(request, current, newest, rules, caller.id, store.now())
        return Commit(writes, view)

    view = store.commit(attempt)
    if view.status == "applied":
        store.let_old_programs_die()
    return view
