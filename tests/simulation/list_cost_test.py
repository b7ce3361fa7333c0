"""What a page of products costs: as much at two thousand products as at ten.

Round trips are counted where requests leave. Units of queries are those that the engine reports;
it reports none of batches, so their products are charged as DynamoDB does.
"""

import pytest
from mall.catalog.search import Wanted
from mall.store.listing import ListPage, read_page

from tests.emulated import EmulatedMall
from tests.meter import Bill, metered
from tests.simulation.shelves import any_shelf, stock, units

FEW, MANY, PAGE = 10, 2_000, 10
LISTS = (
    "LIST#ALL#category", "LIST#ALL#points", "LIST#C#cafe#name", "LIST#T#coupon#newest",
    "LIST#W#tea#category",
)  # fmt: skip
ASKED = (
    Wanted(), Wanted("-points"), Wanted("points", affordable=4_999), Wanted(category="cafe"),
    Wanted("newest", type="coupon"), Wanted(words=("tea",)),
)  # fmt: skip


def _read(mall: EmulatedMall, wanted: Wanted, pages: int = 1) -> tuple[ListPage, Bill]:
    """A page of a list, after so many before it; and the bill of that one."""
    page, cost = ListPage([], None), Bill()
    for _ in range(pages):
        with metered(mall.engine.dynamodb) as bill:
            page = read_page(mall.store, wanted, PAGE, page.last, mall.store.now())
        cost = bill
    return page, cost


@pytest.mark.parametrize("count", [FEW, MANY])
def should_cost_a_query_and_a_batch_however_many_products_there_are(
    mall: EmulatedMall, count: int
) -> None:
    stock(mall.engine.dynamodb, mall.tables["catalog"], any_shelf(count), LISTS)
    for wanted in ASKED:
        page, bill = _read(mall, wanted)
        assert page.found, wanted
        assert bill.round_trips == 2, wanted
        assert 0 < bill.read_units <= 1, wanted
        assert units(bill, page) <= 0.5 * PAGE + 1
        assert bill.write_units == 0


def should_cost_the_same_on_a_page_far_behind(mall: EmulatedMall) -> None:
    stock(mall.engine.dynamodb, mall.tables["catalog"], any_shelf(400), LISTS[:1])
    _, first = _read(mall, Wanted())
    page, later = _read(mall, Wanted(), pages=30)
    assert len(page.found) == PAGE
    assert later == first


def should_read_500_rows_of_a_filter_at_most(mall: EmulatedMall) -> None:
    """Nothing is as cheap as 0 points: every row is read in vain, up to the bound."""
    stock(mall.engine.dynamodb, mall.tables["catalog"], any_shelf(700), LISTS[:1])
    page, bill = _read(mall, Wanted(affordable=0))
    assert (page.found, page.last is None) == ([], False)
    assert bill.round_trips == 5
    assert bill.read_units <= 5 * 4
