"""GET /v1/admin/program: the program's settings in force, and their version."""

from mall import errors, keys
from mall.http import operation
from mall.points.program import views
from mall.store import OpenStore


@operation(refuses=(errors.Busy,))
def get_program(store: OpenStore) -> views.ProgramView:
    """Show the document."""
    return views.shown(views.in_force(store.get("points", keys.PROGRAM)))
