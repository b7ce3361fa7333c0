"""On which terms a product is sold now: at the price that was seen, or by a quote.

The price comes first, then what else the product asks of its buyer: a tier, an address, a quantity
within the limit. All of it is judged by one snapshot, so that no refusal mixes two.
"""

from typing import Any

from mall.catalog.product import Price, Product, existing, visible
from mall.catalog.quotes import Quote
from mall.clock import Millis
from mall.errors import Invalid, LimitReached, NotOnSale, PriceChanged, TierRequired
from mall.models import MAX_INTEGER


def on_sale(product: Product | None, now: Millis) -> Product:
    """The product, if members see it and may redeem it now. Raises NotFound, NotOnSale."""
    product = visible(product, now)
    if not product.on_sale(now):
        raise NotOnSale()
    return product


def sellable(product: Product | None, seen: Price, now: Millis) -> Price:
    """The price of a unit, if the product is on sale at the price the member saw.

    The currency is compared where it was sent; where it was not, it is the product's, which keeps
    the one that it was published with. Raises NotFound, NotOnSale, PriceChanged(price).
    """
    product = on_sale(product, now)
    price = product.price
    same = (seen.points, seen.cash_amount) == (price.points, price.cash_amount)
    if seen.cash and price.cash and seen.cash.currency not in ("", price.cash.currency):
        same = False
    if not same:
        raise PriceChanged(price=price_of(product))
    return price


def quoted(product: Product | None, quote: Quote, now: Millis) -> Price:
    """The price of a unit by a quote: the lower of what was promised and what is in force.

    Raises NotFound; and when the quote has expired NotOnSale or PriceChanged(price).
    """
    product = existing(product)
    if now >= quote.expires_at:
        raise PriceChanged(price=price_of(on_sale(product, now)))
    return product.price if product.price.no_higher_than(quote.price) else quote.price


def refuse_other_tiers(product: Product, tier: str) -> None:
    """Raise TierRequired(tiers) where the product is for other tiers than the member's."""
    if product.tiers and tier not in product.tiers:
        raise TierRequired(tiers=list(product.tiers))


def refuse_too_many(product: Product, quantity: int) -> None:
    """Raise LimitReached(limit) where no member may ever redeem so many at once."""
    limit = product.limit_per_member
    if limit and quantity > limit.units:
        raise LimitReached(limit=limit.units)


def total(price: Price, quantity: int) -> Price:
    """The price of so many units. Raises Invalid where no client could read it exactly."""
    whole = price.times(quantity)
    if max(whole.points, whole.cash_amount) > MAX_INTEGER:
        raise Invalid.of("quantity", f"The whole price would pass {MAX_INTEGER}.")
    return whole


def price_of(product: Product) -> dict[str, Any]:
    """The price as every answer shows it."""
    cash = product.price.cash
    return {
        "points": product.price.points,
        "cash": {"amount": cash.amount, "currency": cash.currency} if cash else None,
        "version": product.price_version,
    }
