"""What a page of products costs: units and round trips, by how many products there are.

Run from the repository's root: `make bench`. Counts are the same on every machine.
"""

import tempfile
from pathlib import Path

from mall.catalog.search import Wanted
from mall.store.listing import read_page

from bench.measure import print_header
from local import emulator
from tests.emulated import EmulatedMall
from tests.engine import Engine
from tests.meter import metered
from tests.simulation.shelves import FIRST_MADE_AT, any_shelf, stock, units

COUNTS = (10, 1_000, 100_000)
PAGE = 20
WANTED = Wanted("newest", words=("tea",))  # every product of the shelf has this word


def main() -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory() as folder, emulator.running(Path(folder)) as aws:
        mall = EmulatedMall(Engine.on(aws))
        print_header(f"A page of {PAGE}: the newest products with a word, by products that have it")
        for count in COUNTS:
            print_page(mall, count)


def print_page(mall: EmulatedMall, count: int) -> None:
    """Round trips and units of the first page of a list with so many products."""
    mall.begin_anew()
    client, table = mall.engine.dynamodb, mall.tables["catalog"]
    partition: str = WANTED.query.values["pk"]
    first_page = FIRST_MADE_AT + count - PAGE
    stock(client, table, any_shelf(count), [partition], since=first_page)
    with metered(client) as bill:
        page = read_page(mall.store, WANTED, PAGE, None, mall.store.now())
    if len(page.found) != min(PAGE, count):
        raise RuntimeError(f"the page has {len(page.found)} products")
    charged = f"{units(bill, page):>11.1f} {bill.write_units:>12.1f}"
    print(f"  {count:>8,} {bill.round_trips:>12} {charged}")


if __name__ == "__main__":
    main()
