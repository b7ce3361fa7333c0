"""A quote: a signed promise of a price for some minutes, to one member, for so many of one SKU.

It is honoured when the price has risen and when the product is off sale, and a lower price in
force is charged instead. The tier that a product asks for is asked for when it is quoted. The token
says all of it, so a quote costs no write, and holds back neither stock nor a member's limit.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from mall import cursor, money
from mall.catalog.product import Price
from mall.clock import Millis, instant
from mall.errors import BadCursor, BadQuote
from mall.models import Request, View
from mall.money import MoneyView, shown

QUOTE_MS = 15 * 60_000
QUANTITY_MAX = 20  # each unit brings two code items into one transaction of at most 100
_SCOPE = "quote"

ProductId = Annotated[str, Field(min_length=1, max_length=64)]
WantedSku = Annotated[str, Field(min_length=1, max_length=40)]
Quantity = Annotated[int, Field(strict=True, ge=1, le=QUANTITY_MAX)]


class QuoteRequest(Request):
    """What a price is asked for: so many units of one SKU."""

    product_id: ProductId
    sku: WantedSku | None = None
    quantity: Quantity


class QuoteView(View):
    """What was promised: `points` and `cash` are for the whole quantity."""

    quote_id: str
    points: int
    cash: MoneyView | None
    expires_at: str


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
        return str(cursor.issue(secret, f"{_SCOPE}:{self.member}", {"quote": said}))

    def is_for(self, product_id: str, sku: str | None, quantity: int) -> bool:
        """Whether this is what was quoted; the SKU may stay unsaid, for the quote says it."""
        wanted = (product_id, sku or self.sku, quantity)
        return wanted == (self.product_id, self.sku, self.quantity)


def quote_of(token: str, secret: bytes, member: str) -> Quote:
    """The quote that a token holds. Raises BadQuote for a forged or another member's."""
    try:
        said = cursor.accept(secret, f"{_SCOPE}:{member}", token)
    except BadCursor as error:
        raise BadQuote("This quote was not made for you.") from error
    product_id, sku, quantity, (points, cash), expires_at = (said or {})["quote"]
    price = Price(points, money.from_list(cash))
    return Quote(member, product_id, sku, quantity, price, expires_at)


def quote_view(quote: Quote, whole: Price, secret: bytes) -> QuoteView:
    """The quote as its member gets it, with the price of the whole quantity."""
    return QuoteView(
        quote_id=quote.token(secret),
        points=whole.points,
        cash=shown(whole.cash),
        expires_at=instant(quote.expires_at),
    )
