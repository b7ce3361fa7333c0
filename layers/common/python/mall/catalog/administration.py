"""What the catalog shows admins: drafts too, every price there was, and every stock movement."""

from collections.abc import Mapping
from typing import Any

from mall.catalog.items import price_from
from mall.catalog.product import Product
from mall.catalog.selling import price_of
from mall.catalog.views import PriceView, ProductView, whole
from mall.clock import instant
from mall.models import View
from mall.money import shown


class AdminProductView(ProductView):
    """A product as admins see it: drafts too, and how its stock is spread."""

    shards: int
    created_at: str


class AdminProductSummaryView(View):
    """A product as admins' lists show it."""

    product_id: str
    name: str
    type: str
    category: str
    price: PriceView
    status: str
    stock_mode: str
    created_at: str


class AdminProductListView(View):
    """One page of products, drafts too, the newest first."""

    items: list[AdminProductSummaryView]
    next_cursor: str | None


class PriceVersionView(PriceView):
    """A price that was set: in force since `at`, until the next version."""

    at: str
    actor: str


class PriceListView(View):
    """One page of a product's prices, the newest first."""

    items: list[PriceVersionView]
    next_cursor: str | None


class MovementView(View):
    """A stock movement: how many units came (or went, below 0), why, by whom and when."""

    movement_id: str
    at: str
    sku: str
    delta: int
    reason: str
    actor: str


class SkuStockView(View):
    """What is left of one SKU over all its shards; null where the stock is unlimited."""

    sku: str
    stock_left: int | None


class StockLogView(View):
    """What is left of each SKU now, and one page of the movements, the newest first."""

    stock: list[SkuStockView]
    items: list[MovementView]
    next_cursor: str | None


def for_admins(product: Product, stock_left: int, now: int) -> AdminProductView:
    """The product with all there is to say of it."""
    return AdminProductView(
        **dict(whole(product, stock_left, now)),
        shards=product.shards,
        created_at=instant(product.created_at),
    )


def in_short(product: Product) -> AdminProductSummaryView:
    """The product as admins' lists show it."""
    return AdminProductSummaryView(
        product_id=product.product_id,
        name=product.name,
        type=product.type,
        category=product.category,
        price=PriceView(**price_of(product)),
        status=product.status,
        stock_mode=product.stock_mode,
        created_at=instant(product.created_at),
    )


def price_version(item: Mapping[str, Any]) -> PriceVersionView:
    """A version of a price, from its item."""
    price = price_from(item)
    return PriceVersionView(
        points=price.points,
        cash=shown(price.cash),
        version=item["version"],
        at=instant(item["at"]),
        actor=item["actor"],
    )


def movement(item: Mapping[str, Any]) -> MovementView:
    """A stock movement, from its item."""
    told = {name: item[name] for name in ("movement_id", "sku", "delta", "reason", "actor")}
    return MovementView(**told, at=instant(item["at"]))
