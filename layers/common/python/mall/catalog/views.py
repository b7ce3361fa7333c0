"""What the catalog's operations show."""

from typing import Any

from pydantic import Field

from mall.catalog.product import MemberLimit, Per, Product, VoucherTerms
from mall.catalog.selling import price_of
from mall.clock import instant
from mall.models import View, is_none
from mall.money import MoneyView, shown


class PriceView(View):
    """The price of one unit, and the version of the price."""

    points: int
    cash: MoneyView | None
    version: int


class MemberLimitView(View):
    """So many units a member in each period."""

    units: int
    per: Per


class VoucherTermsView(View):
    """What a voucher takes off at a checkout, and for how many days; null where it is open."""

    worth: MoneyView | None
    valid_days: int | None


class VariantView(View):
    """One SKU."""

    sku: str
    name: str


class ProductSummaryView(View):
    """A product as lists show it."""

    product_id: str
    name: str
    type: str
    category: str
    image_urls: list[str]
    price: PriceView
    available: bool
    limit_per_member: int | MemberLimitView | None = Field(default=None, exclude_if=is_none)
    tiers: list[str] | None = Field(default=None, exclude_if=is_none)


class ProductView(ProductSummaryView):
    """A product, whole. `stock_left` is summed over the shards and may be seconds old.

    It is null where the stock is unlimited.
    """

    status: str
    description: str
    stock_mode: str
    variants: list[VariantView]
    attributes: dict[str, str]
    stock_left: int | None
    voucher: VoucherTermsView | None = Field(default=None, exclude_if=is_none)
    on_sale_from: str | None = Field(default=None, exclude_if=is_none)
    on_sale_until: str | None = Field(default=None, exclude_if=is_none)
    listed_from: str | None = Field(default=None, exclude_if=is_none)
    listed_until: str | None = Field(default=None, exclude_if=is_none)


class ProductListView(View):
    """One page of products, in the order asked for. It may be short, and still go on."""

    items: list[ProductSummaryView]
    next_cursor: str | None


class StockView(View):
    """What is left of a SKU after a movement."""

    stock_left: int


class RejectedCodeView(View):
    """A row that was not imported, and why."""

    row: int
    code: str
    reason: str


class ImportView(View):
    """How many codes came in, and which rows did not. Rows count from 1."""

    imported: int
    rejected: list[RejectedCodeView]


def summary(product: Product, stock_left: int, now: int) -> ProductSummaryView:
    """The product as lists show it."""
    return ProductSummaryView(**_facts(product, stock_left, now))


def whole(product: Product, stock_left: int, now: int) -> ProductView:
    """The product with all that a product page needs."""
    voucher = product.voucher
    return ProductView(
        **_facts(product, stock_left, now),
        status=product.status,
        description=product.description,
        stock_mode=product.stock_mode,
        variants=[VariantView(sku=v.sku, name=v.name) for v in product.variants],
        attributes=dict(product.attributes),
        stock_left=stock_left if product.counted else None,
        voucher=VoucherTermsView(worth=shown(voucher.worth), valid_days=voucher.valid_days)
        if voucher != VoucherTerms()
        else None,
        on_sale_from=_shown(product.on_sale_from),
        on_sale_until=_shown(product.on_sale_until),
        listed_from=_shown(product.listed_from),
        listed_until=_shown(product.listed_until),
    )


def _shown(at: int | None) -> str | None:
    return instant(at) if at is not None else None


def _limit(limit: MemberLimit | None) -> int | MemberLimitView | None:
    if limit is None:
        return None
    if limit.per == "ever":
        return limit.units
    return MemberLimitView(units=limit.units, per=limit.per)


def _facts(product: Product, stock_left: int, now: int) -> dict[str, Any]:
    left = stock_left > 0 or not product.counted
    return {
        "product_id": product.product_id,
        "name": product.name,
        "type": product.type,
        "category": product.category,
        "image_urls": list(product.image_urls),
        "price": PriceView(**price_of(product)),
        "available": product.on_sale(now) and left,
        "limit_per_member": _limit(product.limit_per_member),
        "tiers": list(product.tiers) or None,
    }
