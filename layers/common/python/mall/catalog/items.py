"""A product as an item of the catalog table, and back."""

from collections.abc import Mapping
from typing import Any

from mall import keys, money
from mall.catalog.product import MemberLimit, Price, Product, Variant, VoucherTerms

_PLAIN = (
    "name", "type", "category", "price_version", "sale_version", "status", "stock_mode", "shards",
    "description", "on_sale_from", "on_sale_until", "listed_from", "listed_until", "created_at",
    "price_at", "price_by", "currency",
)  # fmt: skip


def to_item(product: Product) -> dict[str, Any]:
    """The product as it stands in the table; what is not set is left out."""
    limit, voucher = product.limit_per_member, product.voucher
    item = {name: getattr(product, name) for name in _PLAIN} | {
        **keys.product(product.product_id),
        **price_item(product.price),
        "gsi1pk": keys.products(product.status),
        "gsi1sk": f"{product.created_at:013d}#{product.product_id}",
        "image_urls": list(product.image_urls),
        "limit_per_member": [limit.units, limit.per] if limit else None,
        "tiers": list(product.tiers) or None,
        "voucher_worth": money.to_list(voucher.worth),
        "voucher_days": voucher.valid_days,
        "variants": [[v.sku, v.name] for v in product.variants],
        "attributes": dict(product.attributes),
    }
    return {name: value for name, value in item.items() if value is not None}


def price_item(price: Price) -> dict[str, Any]:
    """A price as attributes of an item."""
    cash = {"cash": money.to_list(price.cash)} if price.cash else {}
    return {"points": price.points, **cash}


def price_from(item: Mapping[str, Any]) -> Price:
    """The price that an item holds."""
    return Price(item["points"], money.from_list(item.get("cash")))


def from_item(item: Mapping[str, Any]) -> Product:
    """The product that an item of the catalog table holds."""
    limit = item.get("limit_per_member")
    return Product(
        **{name: item[name] for name in _PLAIN if name in item},
        product_id=item["pk"].partition("#")[2],
        price=price_from(item),
        image_urls=tuple(item["image_urls"]),
        limit_per_member=MemberLimit(*limit) if limit else None,
        tiers=tuple(item.get("tiers", ())),
        voucher=VoucherTerms(money.from_list(item.get("voucher_worth")), item.get("voucher_days")),
        variants=tuple(Variant(*pair) for pair in item["variants"]),
        attributes=item["attributes"],
    )
