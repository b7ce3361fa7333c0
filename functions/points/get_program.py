"""GET /v1/admin/program: the program's settings in force, and their version."""

from mall import errors, keys
from mall.http import operation
from mall.points.program import changes
from mall.store import OpenStore


@operation(refuses=(errors.Busy,))
def get_program(store: OpenStore) -> changes.ProgramView:
    """Show the document."""
    return changes.shown(changes.in_force(store.get("points", keys.PROGRAM)))
