"""The products that are won in a lottery, as the catalog has them now."""

from random import SystemRandom

from mall.lottery.lottery import goods_key
from mall.lottery.opening import Found, sku_for, wanted
from mall.lottery.table import PrizeTable
from mall.store.client import Store
from mall.store.shelf import read_product, read_shards

RANDOM = SystemRandom()


def find_goods(store: Store, table: PrizeTable) -> Found:
    """The products of a table's prizes, with what their shards hold. Raises Invalid for a SKU."""
    found = {}
    for product_id, sku in wanted(table):
        product = read_product(store, product_id)
        if product is not None:
            path = f"prizes.{_place(table, product_id, sku)}.sku"
            known = sku_for(product, sku, path)
            held = read_shards(store, product, known) if product.counted else {}
            found[goods_key(product_id, sku)] = (product, known, held)
    return found


def _place(table: PrizeTable, product_id: str, sku: str) -> int:
    named = ((p.product_id, p.sku) for p in table.prizes)
    return list(named).index((product_id, sku))
