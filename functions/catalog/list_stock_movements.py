"""GET /v1/admin/products/{product_id}/stock: what is left of each SKU, and the movements logged.

Movements come the newest first. Orders and imported codes move stock too and are not among them.
"""

from mall import cursor, errors, keys
from mall.catalog.administration import SkuStockView, StockLogView, movement
from mall.catalog.product import existing
from mall.http import Caller, Limit, PathId, Position, operation
from mall.secrets import SigningSecret
from mall.store import OpenStore
from mall.store.shelf import read_log, read_product, stock_by_sku


@operation(refuses=(errors.NotFound, errors.BadCursor, errors.Busy))
def list_stock_movements(
    product_id: PathId, caller: Caller, store: OpenStore, secret: SigningSecret, limit: Limit = 20,
    position: Position = None,
) -> StockLogView:  # fmt: skip
    """Show one page."""
    scope = f"movements:{caller.id}:{product_id}"
    after = cursor.accept(secret, scope, position)
    product = existing(read_product(store, product_id))
    page = read_log(store, product_id, keys.MOVEMENT_PREFIX, limit, after)
    left = stock_by_sku(store, product) if product.counted else {}
    return StockLogView(
        stock=[SkuStockView(sku=sku, stock_left=left.get(sku)) for sku in product.skus],
        items=[movement(item) for item in page.items],
        next_cursor=cursor.issue(secret, scope, page.last),
    )
