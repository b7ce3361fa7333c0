"""GET /v1/admin/imports/{import_id}: how far an import is, and what is wrong with its file.

Once all products are in, a link leads to their ids by row; asking again gives a new link. The list
of ids leaves after 7 days.
"""

from mall import errors
from mall.catalog.imports.progress import ImportStateView, view
from mall.exports import OpenExports
from mall.http import PathId, operation
from mall.store import OpenStore
from mall.store.imports import read_import


@operation(refuses=(errors.NotFound, errors.Busy))
def get_import(import_id: PathId, store: OpenStore, exports: OpenExports) -> ImportStateView:
    """Show an import's state."""
    imported = read_import(store, import_id)
    ids = imported.key("products")
    listed = imported.kind == "products" and imported.status == "done" and exports.exists(ids)
    return view(imported, exports.link(ids, "products.csv") if listed else None)
