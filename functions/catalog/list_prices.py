"""GET /v1/admin/products/{product_id}/prices: every price a product had, the newest first."""

from mall import cursor, errors, keys
from mall.catalog.administration import PriceListView, price_version
from mall.catalog.product import existing
from mall.http import Caller, Limit, PathId, Position, operation
from mall.secrets import SigningSecret
from mall.store import OpenStore
from mall.store.shelf import read_log, read_product


@operation(refuses=(errors.NotFound, errors.BadCursor, errors.Busy))
def list_prices(
    product_id: PathId, caller: Caller, store: OpenStore, secret: SigningSecret, limit: Limit = 20,
    position: Position = None,
) -> PriceListView:  # fmt: skip
    """Show one page."""
    scope = f"prices:{caller.id}:{product_id}"
    after = cursor.accept(secret, scope, position)
    existing(read_product(store, product_id))
    page = read_log(store, product_id, keys.PRICE_PREFIX, limit, after)
    return PriceListView(
        items=[price_version(item) for item in page.items],
        next_cursor=cursor.issue(secret, scope, page.last),
    )
