"""A product: what may be sold, for how many points, and when.

Every change of price or sale state bumps `sale_version`. The product is written first, then each
stock shard learns the new version; a redemption conditions on it, so nobody is charged by a
snapshot that is out of date.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mall import keys
from mall.clock import Millis
from mall.errors import Invalid, NotFound, NotOnSale, PriceChanged
from mall.receipts import receipt
from mall.writes import ABSENT, Write, already_done, put, stale, update

Status = Literal["draft", "published", "delisted"]
ProductType = Literal["coupon", "virtual"]

DEFAULT_SKU = "default"
LISTED = "LISTED"


@dataclass(frozen=True)
class Variant:
    """One SKU of a product."""

    sku: str
    name: str


@dataclass(frozen=True)
class Product:
    """A product as a snapshot: immutable, and only as true as its `sale_version` is current."""

    product_id: str
    name: str
    type: ProductType
    category: str
    points: int
    price_version: int = 1
    sale_version: int = 1
    status: Status = "draft"
    shards: int = 4
    description: str = ""
    image_urls: tuple[str, ...] = ()
    limit_per_member: int | None = None
    on_sale_from: Millis | None = None
    on_sale_until: Millis | None = None
    variants: tuple[Variant, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    created_at: Millis = 0

    @property
    def skus(self) -> tuple[str, ...]:
        """The SKUs that have stock of their own."""
        return tuple(v.sku for v in self.variants) or (DEFAULT_SKU,)

    def on_sale(self, now: Millis) -> bool:
        """Whether the product may be redeemed at this instant; the window is half open."""
        begun = self.on_sale_from is None or self.on_sale_from <= now
        over = self.on_sale_until is not None and self.on_sale_until <= now
        return self.status == "published" and begun and not over


def existing(product: Product | None) -> Product:
    """The product, or NotFound."""
    if product is None:
        raise NotFound("There is no such product.")
    return product


def visible(product: Product) -> Product:
    """The product, unless it is a draft: that is as unknown as one that never was (NotFound)."""
    if product.status == "draft":
        raise NotFound("There is no such product.")
    return product


def sellable(product: Product | None, points_seen: int, now: Millis) -> Product:
    """The product, if it is on sale at the price the member saw.

    Raises NotFound, NotOnSale, PriceChanged(price).
    """
    product = visible(existing(product))
    if not product.on_sale(now):
        raise NotOnSale()
    if product.points != points_seen:
        raise PriceChanged(price=price_of(product))
    return product


def sku_of(product: Product, sku: str | None) -> str:
    """The SKU wanted; it may stay unsaid where there is only one. Raises Invalid."""
    if sku is None and len(product.skus) == 1:
        return product.skus[0]
    if sku not in product.skus:
        raise Invalid(faults=[{"field": "sku", "message": "This product has no such SKU."}])
    return sku


def price_of(product: Product) -> dict[str, Any]:
    """The price as every answer shows it."""
    return {"points": product.points, "cash": None, "version": product.price_version}


# --- changes -------------------------------------------------------------------------------------


def create(product: Product, receipt_id: str, request_hash: bytes, answer: str) -> list[Write]:
    """Write a draft and its receipt; a receipt that exists answers instead."""
    return [
        receipt("catalog", receipt_id, request_hash, answer),
        put("catalog", to_item(product), condition=ABSENT),
    ]


def publish(product: Product) -> Product:
    """The product, listed and on sale within its window. A published one stays as it is."""
    return _changed(product, status="published")


def delist(product: Product) -> Product:
    """The product, off sale. A delisted one stays as it is, and so does a draft."""
    if product.status == "draft":
        return product
    return _changed(product, status="delisted")


def set_price(product: Product, points: int) -> Product:
    """The product at a new price. The same price stays as it is."""
    if points == product.points:
        return product
    return _changed(product, points=points, price_version=product.price_version + 1)


def _changed(product: Product, **changes: Any) -> Product:
    changed = replace(product, **changes)
    if changed == product:
        return product
    return replace(changed, sale_version=product.sale_version + 1)


def save_change(before: Product, after: Product) -> list[Write]:
    """Write the product's sale facts, if nobody changed them since `before` was read."""
    listed = after.status == "published"
    index = "#gsi1pk = :gsi1pk, #gsi1sk = :gsi1sk" if listed else ""
    sets = "SET #status = :status, #points = :points, #price_version = :price_version, "
    sets += "#sale_version = :sale_version"
    expression = f"{sets}, {index}" if listed else f"{sets} REMOVE #gsi1pk, #gsi1sk"
    indexed = {"gsi1pk": LISTED, "gsi1sk": listing_key(after)} if listed else {}
    return [
        update(
            "catalog",
            keys.product(after.product_id),
            expression,
            condition="#sale_version = :before",
            refused=stale,
            status=after.status,
            points=after.points,
            price_version=after.price_version,
            sale_version=after.sale_version,
            before=before.sale_version,
            more=indexed,
        )
    ]


def bump_shard(product: Product, sku: str, shard: int) -> Write:
    """Tell one shard the sale version; a shard that knows a newer one stays as it is."""
    return update(
        "catalog",
        keys.stock(product.product_id, sku, shard),
        "SET #sale_version = :sale_version, #available = if_not_exists(#available, :none)",
        condition="attribute_not_exists(#sale_version) OR #sale_version < :sale_version",
        refused=already_done,
        sale_version=product.sale_version,
        none=0,
    )


def listing_key(product: Product) -> str:
    """Lists run by category, then name."""
    return f"{product.category}#{product.name.lower()}#{product.product_id}"


# --- items ---------------------------------------------------------------------------------------


def to_item(product: Product) -> dict[str, Any]:
    """The product as it stands in the catalog table."""
    item: dict[str, Any] = {
        **keys.product(product.product_id),
        "name": product.name,
        "type": product.type,
        "category": product.category,
        "points": product.points,
        "price_version": product.price_version,
        "sale_version": product.sale_version,
        "status": product.status,
        "shards": product.shards,
        "description": product.description,
        "image_urls": list(product.image_urls),
        "variants": [[v.sku, v.name] for v in product.variants],
        "attributes": dict(product.attributes),
        "created_at": product.created_at,
    }
    optional = {
        "limit_per_member": product.limit_per_member,
        "on_sale_from": product.on_sale_from,
        "on_sale_until": product.on_sale_until,
    }
    return item | {name: value for name, value in optional.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> Product:
    """The product that an item of the catalog table holds."""
    return Product(
        product_id=item["pk"].partition("#")[2],
        name=item["name"],
        type=item["type"],
        category=item["category"],
        points=item["points"],
        price_version=item["price_version"],
        sale_version=item["sale_version"],
        status=item["status"],
        shards=item["shards"],
        description=item["description"],
        image_urls=tuple(item["image_urls"]),
        limit_per_member=item.get("limit_per_member"),
        on_sale_from=item.get("on_sale_from"),
        on_sale_until=item.get("on_sale_until"),
        variants=tuple(Variant(*pair) for pair in item["variants"]),
        attributes=item["attributes"],
        created_at=item["created_at"],
    )
