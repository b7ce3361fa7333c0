"""GET /v1/admin/statements/{statement_id}: how far a statement is, and where to fetch it.

The link is signed and good for 15 minutes; asking again gives a new one. Files leave after 7 days.
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
    url = exports.link(export.key, export.file_name) if export.ready else None
    return view(export, store.now(), url)
