"""POST /v1/quotes: promise a member a price for a quarter of an hour.

The product is read anew, because a quote outlives whatever this process remembers of it. Nothing
is written or held back: stock, points and the limit are found out when the order is placed.
"""

from mall import errors
from mall.catalog.product import Price, Product, sku_of
from mall.catalog.quotes import QUOTE_MS, Quote, QuoteRequest, QuoteView, quote_view
from mall.catalog.selling import on_sale, refuse_other_tiers, total
from mall.http import Caller, operation
from mall.secrets import SigningSecret
from mall.store import OpenShelf, OpenStore
from mall.store.program import OpenPrograms
from mall.store.standing import tier_of


@operation(
    status=201, refuses=(errors.NotFound, errors.NotOnSale, errors.TierRequired, errors.Busy)
)
def quote_product(
    request: QuoteRequest, caller: Caller, store: OpenStore, shelf: OpenShelf,
    programs: OpenPrograms, secret: SigningSecret,
) -> QuoteView:  # fmt: skip
    """Quote a product's price."""
    now = store.now()

    def judge(found: Product | None) -> Price:
        product = on_sale(found, now)
        if product.tiers:
            refuse_other_tiers(product, tier_of(store, caller.id, programs.current()))
        return product.price

    product, price = shelf.agreed(request.product_id, judge, fresh=True)
    sku, units = sku_of(product, request.sku), request.quantity
    quote = Quote(caller.id, product.product_id, sku, units, price, now + QUOTE_MS)
    return quote_view(quote, total(price, units), secret)
