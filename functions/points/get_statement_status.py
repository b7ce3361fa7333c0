"""GET /v1/admin/statements/{statement_id}: how far a statement is, and where to fetch it.

The link is signed and good for 15 minutes; asking again gives a new one. Files leave after 7 days,
and then there is no link any more.
"""

from mall import errors
from mall.exports import OpenExports
from mall.http import PathId, operation
from mall.points.reports.export import StatementView, view
from mall.store import OpenStore
from mall.store.statements import read_export


@operation(refuses=(errors.NotFound, errors.Busy))
def get_statement_status(
    statement_id: PathId, store: OpenStore, exports: OpenExports
) -> StatementView:
    """Show a statement's state."""
    export = read_export(store, statement_id)
    there = export.ready and exports.exists(export.key)
    url = exports.link(export.key, export.file_name) if there else None
    return view(export, store.now(), url)
