"""GET /v1/admin/program/versions: every change of the program, newest first.

Who asked for it and when, who agreed to it, and the fields that differ, before and after.
"""

from mall import cursor, errors, keys
from mall.http import Caller, Limit, Position, operation
from mall.points.program import views
from mall.secrets import SigningSecret
from mall.store import OpenStore


@operation(refuses=(errors.BadCursor, errors.Busy))
def list_program_versions(
    caller: Caller, store: OpenStore, secret: SigningSecret, limit: Limit = 20,
    position: Position = None,
) -> views.ProgramVersionListView:  # fmt: skip
    """Show one page."""
    scope = f"program_versions:{caller.id}"
    page = store.query_page(
        "points",
        "#pk = :pk",
        {"pk": keys.PROGRAM_VERSIONS},
        newest_first=True,
        limit=limit,
        after=cursor.accept(secret, scope, position),
    )
    return views.ProgramVersionListView(
        items=[views.version_view(item) for item in page.items],
        next_cursor=cursor.issue(secret, scope, page.last),
    )
