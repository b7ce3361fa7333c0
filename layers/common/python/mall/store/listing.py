"""Rows of lists in the catalog table: brought in line with a product, and read by the page.

Every write of rows is in one transaction with a condition on the product's sale version. So an
admin call that was overtaken writes no row any more, and what stands in the end is the last state.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mall import keys
from mall.catalog.items import from_item
from mall.catalog.listing import Listed, listing_of, rows
from mall.catalog.product import Product
from mall.catalog.search import Wanted
from mall.clock import Millis
from mall.errors import Stale
from mall.keys import Key
from mall.store.client import Commit, Store
from mall.writes import Write, check, delete, put, update

_WRITES_MAX = 99  # a transaction holds 100, and one is the condition on the product


@dataclass(frozen=True)
class Found:
    """A product of a list, and whether its stock was last seen to be gone: seconds old."""

    product: Product
    sold_out: bool


@dataclass(frozen=True)
class ListPage:
    """The products of a page, and where the list goes on; None at its end."""

    found: list[Found]
    last: Mapping[str, Any] | None


def read_page(
    store: Store, wanted: Wanted, limit: int, after: Mapping[str, Any] | None, now: Millis
) -> ListPage:
    """One page of a list: a query of rows and a batch of products, both eventually consistent.

    Products that nobody may see now are left out, so a page may be short and go on. Raises Busy.
    """
    query = wanted.query
    page = store.query_page(
        "catalog",
        query.condition,
        query.values,
        limit=limit,
        after={"pk": query.values["pk"], **after} if after else None,
        only=query.only,
        newest_first=query.backwards,
    )
    places: list[tuple[keys.Table, Key]] = [
        ("catalog", keys.product(row["product_id"])) for row in page.items
    ]
    items = store.get_many(places, consistent=False)
    found = [
        Found(from_item(item), item.get("sold_out", False))
        for row, item in zip(page.items, items, strict=True)
        if item and _shows(item, row, now)
    ]
    return ListPage(found, {"sk": page.last["sk"]} if page.last else None)


def _shows(item: Mapping[str, Any], row: Mapping[str, Any], now: Millis) -> bool:
    """Whether a row tells of what its product is now, or is about to be."""
    product, listed = from_item(item), Listed.of(item)
    if product.status != "published" or not product.visible(now):
        return False
    if listed.settled:
        return True
    left_behind = listed.left_behind(product.product_id, listing_of(product))
    return (row["pk"], row["sk"]) not in left_behind


def settle_rows(store: Store, product_id: str) -> None:
    """Bring a product's rows in line with what it is now, whoever changed it. Raises Busy."""

    def attempt(_: Stale | None) -> Commit[None]:
        item = store.get("catalog", keys.product(product_id))
        listed = Listed.of(item or {})
        if item is None or listed.settled:
            return Commit([], None)
        product = from_item(item)
        fence = _unchanged(product)
        writes = _row_writes(product, listed)
        for first in range(0, len(writes), _WRITES_MAX):
            store.transact([fence, *writes[first : first + _WRITES_MAX]])
        return Commit([_arrived(product, listed)], None)

    store.commit(attempt)


def _row_writes(product: Product, listed: Listed) -> list[Write]:
    wanted = listing_of(product)
    gone = sorted(listed.left_behind(product.product_id, wanted))
    writes = [delete("catalog", Key(pk=pk, sk=sk)) for pk, sk in gone]
    return writes + [put("catalog", row) for row in rows(product.product_id, wanted).values()]


def _unchanged(product: Product) -> Write:
    return check(
        "catalog",
        keys.product(product.product_id),
        "#sale_version = :sale_version",
        sale_version=product.sale_version,
    )


def _arrived(product: Product, listed: Listed) -> Write:
    """Saves that the rows stand; Stale if the product has changed since it was read."""
    return update(
        "catalog",
        keys.product(product.product_id),
        "SET #listing = :listing",
        condition="#sale_version = :sale_version",
        listing=listed.arrived(listing_of(product)).to_item(),
        sale_version=product.sale_version,
    )
