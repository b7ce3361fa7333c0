"""GET /v1/products: what is published, by category and name.

Availability is read from the stock shards of the page, eventually consistent: it may be a moment
old, and a redemption decides by its own condition.
"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import cursor, errors, keys
from mall.catalog.items import LISTED, from_item
from mall.catalog.product import ProductType
from mall.catalog.requests import Slug
from mall.catalog.views import ProductListView, summary
from mall.http import Limit, Position, operation
from mall.secrets import SigningSecret
from mall.store import OpenStore
from mall.store.shelf import stock_left_of


@operation(refuses=(errors.BadCursor, errors.Busy))
def list_products(
    store: OpenStore, secret: SigningSecret, limit: Limit = 20, position: Position = None,
    category: Annotated[Slug | None, Query()] = None,
    type_: Annotated[ProductType | None, Query(alias="type")] = None,
) -> ProductListView:  # fmt: skip
    """Show one page."""
    scope = f"products:{category}:{type_}"
    page = store.query_page(
        "catalog",
        "#gsi1pk = :listed" + (" AND begins_with(#gsi1sk, :category)" if category else ""),
        {
            "listed": LISTED,
            **({"category": f"{category}#"} if category else {}),
            **({"type": type_} if type_ else {}),
        },
        index=keys.ON_SALE,
        only="#type = :type" if type_ else "",
        limit=limit,
        after=cursor.accept(secret, scope, position),
    )
    products = [from_item(item) for item in page.items]
    left = stock_left_of(store, products)
    now = store.now()
    return ProductListView(
        items=[summary(product, left[product.product_id], now) for product in products],
        next_cursor=cursor.issue(secret, scope, page.last),
    )
