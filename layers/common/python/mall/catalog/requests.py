"""What the catalog's operations take."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from mall.catalog.product import (
    BY_CODES,
    BY_VOUCHER,
    MemberLimit,
    Per,
    Price,
    Product,
    ProductType,
    StockMode,
    Variant,
    VoucherTerms,
)
from mall.clock import millis
from mall.models import MAX_INTEGER, NO_CONTROLS, Instant, Request, ShortText
from mall.money import MoneyRequest

SHARDS_MAX = 64
STOCK_ITEMS_MAX = 256  # of a product: a change of its sale reaches each one
CODES_MAX = 1000


Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Sku = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")]
ImageUrl = Annotated[str, Field(max_length=500, pattern=r"^(/[^/\s]|https://)\S*$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]  # of a tier
Units = Annotated[int, Field(strict=True, ge=1, le=MAX_INTEGER)]
Code = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_CONTROLS)]


class PriceRequest(Request):
    """What one unit costs: points, cash, or both."""

    points: Annotated[int, Field(strict=True, ge=0, le=MAX_INTEGER)]
    cash: MoneyRequest | None = None

    @model_validator(mode="after")
    def _costs_something(self) -> Self:
        if not self.points and not self.cash:
            raise ValueError("a price has points, cash, or both")
        return self

    @property
    def price(self) -> Price:
        """The plain value."""
        return Price(self.points, self.cash.money if self.cash else None)


class VariantRequest(Request):
    """One SKU and what tells it apart, such as a size."""

    sku: Sku
    name: ShortText


class MemberLimitRequest(Request):
    """So many units a member in each period; a plain number means ever."""

    units: Units
    per: Per = "ever"


class VoucherRequest(Request):
    """What a voucher takes off at a checkout, and for how many days. Both may be left open."""

    worth: MoneyRequest | None = None
    valid_days: Annotated[int, Field(strict=True, ge=1, le=3660)] | None = None

    @property
    def terms(self) -> VoucherTerms:
        """The plain value."""
        return VoucherTerms(self.worth.money if self.worth else None, self.valid_days)


class ProductTerms(Request):
    """What may be said of a product when it is made, and changed later."""

    description: Annotated[str, Field(max_length=4000)] = ""
    limit_per_member: Units | MemberLimitRequest | None = None
    tiers: Annotated[tuple[Name, ...], Field(max_length=20)] = ()
    voucher: VoucherRequest | None = None
    on_sale_from: Instant | None = None
    on_sale_until: Instant | None = None
    listed_from: Instant | None = None
    listed_until: Instant | None = None
    image_urls: Annotated[tuple[ImageUrl, ...], Field(max_length=8)] = ()
    attributes: Annotated[
        dict[Slug, Annotated[str, Field(max_length=200)]], Field(max_length=20)
    ] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _windows(self) -> Self:
        for name in ("on_sale", "listed"):
            begin, end = getattr(self, f"{name}_from"), getattr(self, f"{name}_until")
            if begin and end and begin >= end:
                raise ValueError(f"{name}_until must be later than {name}_from")
        return self

    def facts(self) -> dict[str, Any]:
        """The fields of a product that this says, in plain values."""
        limit = self.limit_per_member
        if isinstance(limit, int):
            limit = MemberLimitRequest(units=limit)
        voucher = self.voucher or VoucherRequest()
        return {
            "description": self.description,
            "limit_per_member": MemberLimit(limit.units, limit.per) if limit else None,
            "tiers": self.tiers,
            "voucher": voucher.terms,
            "on_sale_from": _instant(self.on_sale_from),
            "on_sale_until": _instant(self.on_sale_until),
            "listed_from": _instant(self.listed_from),
            "listed_until": _instant(self.listed_until),
            "image_urls": self.image_urls,
            "attributes": self.attributes,
        }


class CreateProductRequest(ProductTerms):
    """A new product; `shards` spread its stock for its rate of sales.

    A coupon or virtual product is stocked by its codes; `direct` means the same for it. Others are
    counted (`direct`) unless they are `unlimited`. What is `queued` is sold through a queue.
    """

    name: ShortText
    type: ProductType
    category: Slug
    price: PriceRequest
    stock_mode: StockMode | None = None
    shards: Annotated[int, Field(strict=True, ge=1, le=SHARDS_MAX)] = 4
    variants: Annotated[tuple[VariantRequest, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if max(1, len(self.variants)) * self.shards > STOCK_ITEMS_MAX:
            raise ValueError(f"variants times shards must not be more than {STOCK_ITEMS_MAX}")
        if len({v.sku for v in self.variants}) != len(self.variants):
            raise ValueError("two variants have the same sku")
        if self.type in BY_CODES and self.stock_mode == "unlimited":
            raise ValueError("each unit of this type is a code, so its stock has an end")
        if self.type not in BY_CODES and self.stock_mode == "codes":
            raise ValueError("only coupons and virtual products are stocked by codes")
        if self.voucher and self.type not in BY_VOUCHER:
            raise ValueError("only services and discounts deliver a voucher")
        return self

    def product(self, product_id: str, now: int) -> Product:
        """The draft that this request describes."""
        counted: StockMode = "codes" if self.type in BY_CODES else "direct"
        said = None if self.stock_mode == "direct" else self.stock_mode
        return Product(
            product_id=product_id,
            name=self.name,
            type=self.type,
            category=self.category,
            price=self.price.price,
            stock_mode=said or counted,
            shards=self.shards,
            variants=tuple(Variant(v.sku, v.name) for v in self.variants),
            created_at=now,
            **self.facts(),
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
