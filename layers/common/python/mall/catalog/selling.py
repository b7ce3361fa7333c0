"""On which terms a product is sold now: at the price that was seen, or by a quote.

A **quote** is a signed promise of a price for some minutes, to one member, for one quantity of one
SKU. It is honoured when the price has risen and when the product is off sale, and a lower price in
force is charged instead. The token says all of it, so a quote costs no write.
"""

from dataclasses import dataclass
from typing import Any

from mall import cursor, money
from mall.catalog.product import Price, Product, existing, visible
from mall.clock import Millis
from mall.errors import BadCursor, BadQuote, NotOnSale, PriceChanged

_SCOPE = "quote"


@dataclass(frozen=True)
class Quote:
    """What was promised. `price` is of one unit; `expires_at` is the first instant it is not."""

    member: str
    product_id: str
    sku: str
    quantity: int
    price: Price
    expires_at: Millis

    def token(self, secret: bytes) -> str:
        """The quote as a client holds it."""
        price = [self.price.points, money.to_list(self.price.cash)]
        said = [self.product_id, self.sku, self.quantity, price, self.expires_at]
        token = cursor.issue(secret, f"{_SCOPE}:{self.member}", {"quote": said})
        assert token is not None  # noqa: S101 - there is a position
        return token


def quote_of(token: str, secret: bytes, member: str) -> Quote:
    """The quote that a token holds. Raises BadQuote for a forged or another member's."""
    try:
        said = cursor.accept(secret, f"{_SCOPE}:{member}", token)
    except BadCursor as error:
        raise BadQuote("This quote was not made for you.") from error
    product_id, sku, quantity, (points, cash), expires_at = (said or {})["quote"]
    return Quote(
        member, product_id, sku, quantity, Price(points, money.from_list(cash)), expires_at
    )


def sellable(product: Product | None, seen: Price, now: Millis) -> Price:
    """The price of a unit, if the product is on sale at the price the member saw.

    A price that was seen without cash is compared by its points and amount alone: clients send the
    amount, and the currency is the product's. Raises NotFound, NotOnSale, PriceChanged(price).
    """
    product = visible(product, now)
    if not product.on_sale(now):
        raise NotOnSale()
    same = (seen.points, seen.cash_amount) == (product.price.points, product.price.cash_amount)
    if not same:
        raise PriceChanged(price=price_of(product))
    return product.price


def quoted(product: Product | None, quote: Quote, now: Millis) -> Price:
    """The price of a unit by a quote: the lower of what was promised and what is in force.

    Raises NotFound; and when the quote has expired NotOnSale or PriceChanged(price).
    """
    product = existing(product)
    if now >= quote.expires_at:
        visible(product, now)
        if not product.on_sale(now):
            raise NotOnSale()
        raise PriceChanged(price=price_of(product))
    return product.price if product.price.no_higher_than(quote.price) else quote.price


def price_of(product: Product) -> dict[str, Any]:
    """The price as every answer shows it."""
    cash = product.price.cash
    return {
        "points": product.price.points,
        "cash": {"amount": cash.amount, "currency": cash.currency} if cash else None,
        "version": product.price_version,
    }
