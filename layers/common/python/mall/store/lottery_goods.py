"""The products that are won in a lottery, as the catalog has them now."""

from random import SystemRandom

from mall import keys
from mall.catalog.items import from_item
from mall.lottery.goods import Found, Products, counted_units, wanted
from mall.lottery.table import PrizeTable
from mall.store.client import Store
from mall.store.shelf import read_shards

RANDOM = SystemRandom()


def find_products(store: Store, table: PrizeTable) -> Products:
    """The products of a table's prizes, those that there are. One round trip."""
    ids = wanted(table)
    found = store.get_many([("catalog", keys.product(product_id)) for product_id in ids])
    return {
        product_id: from_item(item)
        for product_id, item in zip(ids, found, strict=True)
        if item is not None
    }


def find_units(store: Store, table: PrizeTable, products: Products) -> Found:
    """The same with what is left of them. No product may be at fault; a round trip for each."""
    held = {
        (product_id, sku): read_shards(store, products[product_id], sku)
        for product_id, sku in counted_units(table, products)
    }
    return Found(products, held)
