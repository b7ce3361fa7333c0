"""Shelves of thousands of products, written in bulk: the items that publishing would leave."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mall.catalog.items import to_item
from mall.catalog.listing import Listed, listing_of, rows
from mall.catalog.product import Price, Product
from mall.store.listing import ListPage
from mall.store.wire import written

from tests.meter import Bill

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

FIRST_MADE_AT = 1_790_000_000_000  # a millisecond before each next product
_BATCH_MAX = 25
CATEGORIES = ("bar", "cafe", "cinema", "garden", "travel")


def any_shelf(count: int) -> Iterator[Product]:
    """Published products that differ in name, category, type, price and age."""
    for number in range(count):
        yield Product(
            product_id=f"p{number:025d}",
            name=f"Cup number{number % 97} of Tea",
            type="coupon" if number % 3 else "service",
            category=CATEGORIES[number % len(CATEGORIES)],
            price=Price(1 + number * 7919 % 5_000),
            status="published",
            description="All that there is to say of it. " * 10,
            created_at=FIRST_MADE_AT + number,
        )


def stock(
    client: "DynamoDBClient",
    table: str,
    products: Iterator[Product],
    lists: Sequence[str] = (),
    since: int = 0,
) -> None:
    """Write products and their rows; only those of some lists, by partition, if any are named.

    Of products made before `since` only the rows are written, which is quicker.
    """
    batch: list[dict[str, Any]] = []
    for product in products:
        for item in _items(product, lists, whole=product.created_at >= since):
            batch.append({"PutRequest": {"Item": written(item)}})
            if len(batch) == _BATCH_MAX:
                client.batch_write_item(RequestItems={table: batch})  # type: ignore[dict-item] # plain values
                batch = []
    if batch:
        client.batch_write_item(RequestItems={table: batch})  # type: ignore[dict-item] # plain values


def units(bill: Bill, page: ListPage) -> float:
    """The read units of a page: what the engine reports, which for a batch is nothing, and half a
    unit for each product of up to 4 KB, as DynamoDB charges an eventual read in a batch.
    """
    return bill.read_units + 0.5 * len(page.found)


def _items(product: Product, lists: Sequence[str], *, whole: bool) -> Iterator[Mapping[str, Any]]:
    listing = listing_of(product)
    states = (listing,) if listing else ()
    if whole:
        yield {**to_item(product), "listing": Listed(states).to_item()}
    for (pk, _), row in rows(product.product_id, listing).items():
        if not lists or pk in lists:
            yield row
