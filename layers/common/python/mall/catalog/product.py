"""A product: what may be sold, for what price, to whom, and when.

A product is a snapshot. It may be remembered for seconds, because every change of its terms bumps
`sale_version`, and whoever sells conditions on that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar, get_args

from mall.clock import Millis
from mall.errors import Invalid, NotFound
from mall.money import Money

T = TypeVar("T")

Status = Literal["draft", "published", "delisted"]
ProductType = Literal["physical", "virtual", "coupon", "service", "discount"]
StockMode = Literal["direct", "codes", "unlimited", "queued"]
Per = Literal["ever", "day", "week", "month"]

STATUSES: tuple[Status, ...] = get_args(Status)
PRODUCT_TYPES: tuple[ProductType, ...] = get_args(ProductType)
BY_CODES: tuple[ProductType, ...] = ("virtual", "coupon")  # deliver a code each
SENT: ProductType = "physical"  # goods that are shipped to an address
BY_VOUCHER: tuple[ProductType, ...] = ("service", "discount")  # deliver a voucher each
DEFAULT_SKU = "default"


@dataclass(frozen=True)
class Variant:
    """One SKU of a product."""

    sku: str
    name: str


@dataclass(frozen=True)
class Price:
    """What one unit costs: points and cash, of which one may be nothing."""

    points: int
    cash: Money | None = None

    @property
    def cash_amount(self) -> int:
        """The cash in minor units; 0 for none."""
        return self.cash.amount if self.cash else 0

    def times(self, quantity: int) -> "Price":
        """The price of so many units."""
        return Price(self.points * quantity, self.cash.times(quantity) if self.cash else None)

    def no_higher_than(self, other: "Price") -> bool:
        """Whether neither part is more than another price's, in one currency."""
        both = self.cash and other.cash
        if both and self.cash.currency != other.cash.currency:  # type: ignore[union-attr] # both stand
            return False
        return self.points <= other.points and self.cash_amount <= other.cash_amount


@dataclass(frozen=True)
class MemberLimit:
    """How many units one member may redeem: ever, or in each day, week or month of the program."""

    units: int
    per: Per = "ever"


@dataclass(frozen=True)
class VoucherTerms:
    """What a voucher of this product is worth at a checkout, and for how long.

    Both may be left to the shop: no worth, and no end.
    """

    worth: Money | None = None
    valid_days: int | None = None


@dataclass(frozen=True)
class Product:
    """A product as a snapshot: immutable, and only as true as its `sale_version` is current.

    It is on sale in `[on_sale_from, on_sale_until)` and shown in `[listed_from, listed_until)`.
    Its price is in force since `price_at`, set by `price_by`. `currency` is the one of all its cash
    prices from the first that was published; none before that. `by_codes` tells that each unit is a
    code, whatever the stock mode.
    """

    product_id: str
    name: str
    type: ProductType
    category: str
    price: Price
    price_version: int = 1
    price_at: Millis = 0
    price_by: str = ""
    currency: str | None = None
    sale_version: int = 1
    status: Status = "draft"
    stock_mode: StockMode = "direct"
    shards: int = 4
    description: str = ""
    image_urls: tuple[str, ...] = ()
    limit_per_member: MemberLimit | None = None
    tiers: tuple[str, ...] = ()
    voucher: VoucherTerms = VoucherTerms()
    on_sale_from: Millis | None = None
    on_sale_until: Millis | None = None
    listed_from: Millis | None = None
    listed_until: Millis | None = None
    variants: tuple[Variant, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    created_at: Millis = 0

    @property
    def skus(self) -> tuple[str, ...]:
        """The SKUs that have stock of their own."""
        return tuple(v.sku for v in self.variants) or (DEFAULT_SKU,)

    @property
    def counted(self) -> bool:
        """Whether units are counted, so that it can be sold out."""
        return self.stock_mode != "unlimited"

    @property
    def by_codes(self) -> bool:
        """Whether each unit is a code, so that the stock grows by importing codes only."""
        return self.type in BY_CODES

    @property
    def voucher_terms(self) -> VoucherTerms | None:
        """The terms of the voucher that an order gets; none where there is nothing to say."""
        issued = self.type in BY_VOUCHER and self.voucher != VoucherTerms()
        return self.voucher if issued else None

    def on_sale(self, now: Millis) -> bool:
        """Whether the product may be redeemed at this instant."""
        return self.status == "published" and _within(self.on_sale_from, self.on_sale_until, now)

    def visible(self, now: Millis) -> bool:
        """Whether members see the product at this instant; it need not be on sale for that."""
        return self.status != "draft" and _within(self.listed_from, self.listed_until, now)


def _within(begin: Millis | None, end: Millis | None, now: Millis) -> bool:
    return (begin is None or begin <= now) and (end is None or now < end)


def existing(product: T | None) -> T:
    """The product, in whatever form it was read, or NotFound."""
    if product is None:
        raise NotFound("There is no such product.")
    return product


def visible(product: Product | None, now: Millis) -> Product:
    """The product, unless nobody may see it now: then it is as unknown as one that never was."""
    if product is None or not product.visible(now):
        raise NotFound("There is no such product.")
    return product


def delivering_codes(product: Product) -> Product:
    """The product, if each unit of it is a code. Raises Invalid."""
    if not product.by_codes:
        raise Invalid.of("product_id", "This product does not deliver codes.")
    return product


def sku_of(product: Product, sku: str | None) -> str:
    """The SKU wanted; it may stay unsaid where there is only one. Raises Invalid."""
    if sku is None and len(product.skus) == 1:
        return product.skus[0]
    if sku not in product.skus:
        raise Invalid.of("sku", "This product has no such SKU.")
    return sku
