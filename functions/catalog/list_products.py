"""GET /v1/products: what is published, found by category, type, words and points, in some order.

A page is one query of listing rows and one batch of products, however many products there are.
`available` is a summary that follows the stock by seconds; a redemption decides by its own
condition. What was read is remembered for two seconds, and may be kept for five more by others.
"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import cursor, errors
from mall.catalog.browsing import Affordable, Words
from mall.catalog.listing import Sort, words_of
from mall.catalog.product import ProductType
from mall.catalog.requests import Slug
from mall.catalog.search import Wanted
from mall.catalog.views import ProductListView, summary
from mall.http import Limit, Position, operation
from mall.secrets import SigningSecret
from mall.store import OpenStore
from mall.store.listing import read_page
from mall.store.window import PUBLIC_AGE_S_MAX, OpenWindow


@operation(refuses=(errors.BadCursor, errors.Busy), public_s=PUBLIC_AGE_S_MAX)
def list_products(  # noqa: PLR0913, PLR0917 - what a list can be asked for
    store: OpenStore, window: OpenWindow, secret: SigningSecret,
    limit: Limit = 20, position: Position = None,
    category: Annotated[Slug | None, Query()] = None,
    type_: Annotated[ProductType | None, Query(alias="type")] = None,
    words: Annotated[Words | None, Query(alias="q")] = None,
    sort: Annotated[Sort, Query()] = "category",
    affordable: Annotated[Affordable | None, Query()] = None,
) -> ProductListView:  # fmt: skip
    """Show one page."""
    wanted = Wanted(sort, category, type_, words_of(words or ""), affordable)
    after = cursor.accept(secret, wanted.scope, position)

    def read() -> ProductListView:
        now = store.now()
        page = read_page(store, wanted, limit, after, now)
        return ProductListView(
            items=[summary(f.product, 0 if f.sold_out else 1, now) for f in page.found],
            next_cursor=cursor.issue(secret, wanted.scope, page.last),
        )

    return window.pages.get((wanted, limit, position), read)
