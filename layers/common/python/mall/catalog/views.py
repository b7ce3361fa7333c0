"""What the catalog's operations take and show."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from mall.catalog.product import Product, ProductType, Variant, price_of
from mall.clock import instant, millis
from mall.models import MAX_INTEGER, NO_CONTROLS, Instant, Points, Request, ShortText, View, is_none

SHARDS_MAX = 64
STOCK_ITEMS_MAX = 256  # of a product: a change of its sale reaches each one
CODES_MAX = 1000


Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Sku = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")]
ImageUrl = Annotated[str, Field(max_length=500, pattern=r"^(/[^/\s]|https://)\S*$")]
Code = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_CONTROLS)]


class PriceRequest(Request):
    """A price in points. Cash needs payments, which this version does not take: send null."""

    points: Points
    cash: None = None


class VariantRequest(Request):
    """One SKU and what tells it apart, such as a size."""

    sku: Sku
    name: ShortText


class CreateProductRequest(Request):
    """A new product; `shards` spread its stock for its rate of sales."""

    name: ShortText
    type: ProductType
    category: Slug
    price: PriceRequest
    description: Annotated[str, Field(max_length=4000)] = ""
    stock_mode: Literal["direct"] = "direct"
    shards: Annotated[int, Field(strict=True, ge=1, le=SHARDS_MAX)] = 4
    limit_per_member: Annotated[int, Field(strict=True, ge=1, le=MAX_INTEGER)] | None = None
    on_sale_from: Instant | None = None
    on_sale_until: Instant | None = None
    image_urls: Annotated[tuple[ImageUrl, ...], Field(max_length=8)] = ()
    variants: Annotated[tuple[VariantRequest, ...], Field(max_length=20)] = ()
    attributes: Annotated[
        dict[Slug, Annotated[str, Field(max_length=200)]], Field(max_length=20)
    ] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.on_sale_from and self.on_sale_until and self.on_sale_from >= self.on_sale_until:
            raise ValueError("on_sale_until must be later than on_sale_from")
        if max(1, len(self.variants)) * self.shards > STOCK_ITEMS_MAX:
            raise ValueError(f"variants times shards must not be more than {STOCK_ITEMS_MAX}")
        if len({v.sku for v in self.variants}) != len(self.variants):
            raise ValueError("two variants have the same sku")
        return self

    def product(self, product_id: str, now: int) -> Product:
        """The draft that this request describes."""
        return Product(
            product_id=product_id,
            name=self.name,
            type=self.type,
            category=self.category,
            points=self.price.points,
            shards=self.shards,
            description=self.description,
            image_urls=self.image_urls,
            limit_per_member=self.limit_per_member,
            on_sale_from=_instant(self.on_sale_from),
            on_sale_until=_instant(self.on_sale_until),
            variants=tuple(Variant(v.sku, v.name) for v in self.variants),
            attributes=self.attributes,
            created_at=now,
        )


def _instant(moment: datetime | None) -> int | None:
    return millis(moment) if moment else None


class MoveStockRequest(Request):
    """A relative change of stock, with its reason."""

    sku: Sku | None = None
    delta: Annotated[int, Field(strict=True, ge=-MAX_INTEGER, le=MAX_INTEGER)]
    reason: ShortText

    @model_validator(mode="after")
    def _moves_something(self) -> Self:
        if self.delta == 0:
            raise ValueError("delta must not be 0")
        return self


class ImportCodesRequest(Request):
    """New codes for a SKU, at most 1,000."""

    sku: Sku | None = None
    codes: Annotated[tuple[Code, ...], Field(min_length=1, max_length=CODES_MAX)]


class PriceView(View):
    """A price: points for one unit, no cash, and the version of the price."""

    points: int
    cash: None = None
    version: int


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
    limit_per_member: int | None = Field(default=None, exclude_if=is_none)


class ProductView(ProductSummaryView):
    """A product, whole. `stock_left` is summed over the shards and may be seconds old."""

    status: str
    description: str
    variants: list[VariantView]
    attributes: dict[str, str]
    stock_left: int
    on_sale_from: str | None = Field(default=None, exclude_if=is_none)
    on_sale_until: str | None = Field(default=None, exclude_if=is_none)


class ProductListView(View):
    """One page of products, by category and name."""

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
    return ProductView(
        **_facts(product, stock_left, now),
        status=product.status,
        description=product.description,
        variants=[VariantView(sku=v.sku, name=v.name) for v in product.variants],
        attributes=dict(product.attributes),
        stock_left=stock_left,
        on_sale_from=instant(product.on_sale_from) if product.on_sale_from is not None else None,
        on_sale_until=instant(product.on_sale_until) if product.on_sale_until is not None else None,
    )


def _facts(product: Product, stock_left: int, now: int) -> dict[str, Any]:
    return {
        "product_id": product.product_id,
        "name": product.name,
        "type": product.type,
        "category": product.category,
        "image_urls": list(product.image_urls),
        "price": PriceView(**price_of(product)),
        "available": product.on_sale(now) and stock_left > 0,
        "limit_per_member": product.limit_per_member,
    }
