"""What the catalog's operations take."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, TypeAdapter, WithJsonSchema, model_validator

from mall.catalog.product import (
    MemberLimit,
    Per,
    Price,
    Product,
    ProductType,
    StockMode,
    Variant,
    VoucherTerms,
)
from mall.catalog.terms import faults, stock_mode_of
from mall.clock import millis
from mall.models import MAX_INTEGER, NO_CONTROLS, Instant, Request, ShortText
from mall.money import MoneyRequest

SHARDS_MAX = 64
MOVED_UNITS_MAX = 1_000_000_000
CODES_MAX = 1000


Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Sku = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")]
ImageUrl = Annotated[str, Field(max_length=500, pattern=r"^(/[^/\s]|https://)\S*$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]  # of a tier
Units = Annotated[int, Field(strict=True, ge=1, le=MAX_INTEGER)]
Shards = Annotated[int, Field(strict=True, ge=1, le=SHARDS_MAX)]
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


Variants = Annotated[tuple[VariantRequest, ...], Field(max_length=20)]


class MemberLimitRequest(Request):
    """So many units a member in each period; a plain number means ever."""

    units: Units
    per: Per = "ever"


def _in_full(value: object) -> object:
    return {"units": value} if isinstance(value, int) else value


MemberLimitOrUnits = Annotated[
    MemberLimitRequest,
    BeforeValidator(_in_full),
    WithJsonSchema(
        {
            "anyOf": [
                TypeAdapter(Units).json_schema(),
                TypeAdapter(MemberLimitRequest).json_schema(),
            ]
        }
    ),
]


class VoucherRequest(Request):
    """What a voucher takes off at a checkout, and for how many days. Both may be left open."""

    worth: MoneyRequest | None = None
    valid_days: Annotated[int, Field(strict=True, ge=1, le=3660)] | None = None

    @property
    def terms(self) -> VoucherTerms:
        """The plain value."""
        return VoucherTerms(self.worth.money if self.worth else None, self.valid_days)


class ProductTerms(Request):
    """What may be said of a product, when it is made and later; null says nothing of it."""

    description: Annotated[str, Field(max_length=4000)] | None = None
    limit_per_member: MemberLimitOrUnits | None = None
    tiers: Annotated[tuple[Name, ...], Field(max_length=20)] | None = None
    voucher: VoucherRequest | None = None
    on_sale_from: Instant | None = None
    on_sale_until: Instant | None = None
    listed_from: Instant | None = None
    listed_until: Instant | None = None
    image_urls: Annotated[tuple[ImageUrl, ...], Field(max_length=8)] | None = None
    attributes: (
        Annotated[dict[Slug, Annotated[str, Field(max_length=200)]], Field(max_length=20)] | None
    ) = None

    def terms(self) -> dict[str, Any]:
        """The fields of a product that this says, in plain values."""
        limit, voucher = self.limit_per_member, self.voucher
        return {
            "description": self.description or "",
            "limit_per_member": MemberLimit(limit.units, limit.per) if limit else None,
            "tiers": self.tiers or (),
            "voucher": voucher.terms if voucher else VoucherTerms(),
            "on_sale_from": _instant(self.on_sale_from),
            "on_sale_until": _instant(self.on_sale_until),
            "listed_from": _instant(self.listed_from),
            "listed_until": _instant(self.listed_until),
            "image_urls": self.image_urls or (),
            "attributes": self.attributes or {},
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
    shards: Shards = 4
    variants: Variants = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for fault in faults(self.product("", "", 0)):
            raise ValueError(f"{fault['field']}: {fault['message']}")
        return self

    def product(self, product_id: str, actor: str, now: int) -> Product:
        """The draft that this request describes, made by an actor now."""
        return Product(
            product_id=product_id,
            name=self.name,
            type=self.type,
            category=self.category,
            price=self.price.price,
            price_at=now,
            price_by=actor,
            stock_mode=stock_mode_of(self.type, self.stock_mode),
            shards=self.shards,
            variants=_variants(self.variants),
            created_at=now,
            **self.terms(),
        )


def _unsaid() -> Any:
    """The value of a field that was not sent; nobody reads it."""
    return None


class ChangeProductRequest(ProductTerms):
    """The terms to change, at least one: what is not sent stays, and null clears what may be none.

    `type` and `stock_mode` may be repeated and cannot change. `variants` are all variants, with
    those there are.
    """

    name: ShortText = Field(default_factory=_unsaid)
    type: ProductType = Field(default_factory=_unsaid)
    category: Slug = Field(default_factory=_unsaid)
    price: PriceRequest = Field(default_factory=_unsaid)
    stock_mode: StockMode = Field(default_factory=_unsaid)
    shards: Shards = Field(default_factory=_unsaid)
    variants: Variants = Field(default_factory=_unsaid)

    @model_validator(mode="after")
    def _change_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one field to change")
        return self

    def said(self, type_: ProductType) -> dict[str, Any]:
        """What was sent, as fields of a product of this type, in plain values."""
        plain = self.terms() | {
            "name": self.name,
            "type": self.type,
            "category": self.category,
            "price": self.price.price if "price" in self.model_fields_set else None,
            "stock_mode": stock_mode_of(type_, self.stock_mode),
            "shards": self.shards,
            "variants": _variants(self.variants or ()),
        }
        return {name: value for name, value in plain.items() if name in self.model_fields_set}


def _variants(variants: Variants) -> tuple[Variant, ...]:
    return tuple(Variant(v.sku, v.name) for v in variants)


def _instant(moment: datetime | None) -> int | None:
    return millis(moment) if moment else None


class MoveStockRequest(Request):
    """A relative change of stock, with its reason."""

    sku: Sku | None = None
    delta: Annotated[int, Field(strict=True, ge=-MOVED_UNITS_MAX, le=MOVED_UNITS_MAX)]
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
