"""Rows of lists: what a name is found by, how rows sort, and which rows may exist."""

import random
from dataclasses import replace

import pytest
from mall.catalog.listing import Listed, Listing, folded, listing_of, partition, rows, words_of
from mall.catalog.product import Price
from mall.money import Money

from tests.builders import any_id, any_product


def _listing(name: str = "Tea", **fixed: object) -> Listing:
    fields = {"category": "cafe", "type": "coupon", "points": 5, "cash": 0, "created_at": 1}
    return Listing(name, **{**fields, **fixed})  # type: ignore[arg-type] # names checked at run time


def _names_in_order(names: list[str], order: str = "name") -> list[str]:
    """The names as their rows sort in the partition of all products."""
    found = []
    for name in names:
        made = rows(any_id(), _listing(name))
        (sort_key,) = (sk for pk, sk in made if pk == f"LIST#ALL#{order}")
        found.append((sort_key.encode(), name))
    return [name for _, name in sorted(found)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Tea for TWO", ("tea", "for", "two")),
        ("Crème brûlée", ("creme", "brulee")),
        ("STRASSE straße", ("strasse",)),
        ("a 7 of 10", ("of", "10")),
        ("茶 und Kuchen", ("茶", "und", "kuchen")),
        ("wi-fi: 100% free!", ("wi", "fi", "100", "free")),
        ("ﬁne ﬁne", ("fine",)),
        ("★ !!", ()),
    ],
)
def should_find_a_name_by_its_words_without_case_marks_and_signs(
    name: str, words: tuple[str, ...]
) -> None:
    assert words_of(name) == words


def should_bound_how_many_words_a_name_has_and_how_long_they_are() -> None:
    assert len(words_of(" ".join(f"word{n}" for n in range(40)))) == 12
    assert words_of("x" * 100) == ("x" * 40,)


def should_stay_within_what_a_sort_key_holds() -> None:
    """One letter may unfold into eighteen, of two bytes each."""
    name = "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 120
    assert len(folded(name)) > 1024
    for pk, sk in rows(any_id(), _listing(name)):
        assert len(pk.encode()) <= 2048
        assert len(sk.encode()) <= 1024


def should_sort_names_as_people_do() -> None:
    names = ["Tea", "tea time", "Teapot", "élan", "Eland", "Zebra", "tea-bag", "10 cups"]
    expected = ["10 cups", "élan", "Eland", "Tea", "tea-bag", "tea time", "Teapot", "Zebra"]
    random.shuffle(names)
    assert _names_in_order(names) == expected


def should_sort_prices_by_points_then_cash() -> None:
    prices = [(0, 5), (9, 0), (9, 1), (10, 0), (100, 0), (2**53 - 1, 2**53 - 1)]
    keys = [
        next(sk for pk, sk in rows("p", _listing(points=points, cash=cash)) if "points" in pk)
        for points, cash in prices
    ]
    assert sorted(keys) == keys


def should_stand_in_every_list_that_can_be_asked_for() -> None:
    made = rows("p1", _listing("Green tea"))
    facets = {"ALL", "C#cafe", "T#coupon", "C#cafe#T#coupon", "W#green", "W#tea"}
    orders = ("category", "name", "newest", "points")
    partitions = {partition(facet, order) for facet in facets for order in orders}  # type: ignore[arg-type] # each is one
    assert {pk for pk, _ in made} == partitions
    for (pk, sk), row in made.items():
        assert (row["pk"], row["sk"], row["product_id"]) == (pk, sk, "p1")
        assert sum(len(str(value)) for value in row.values()) < 400


def should_list_what_is_published_and_nothing_else() -> None:
    product = any_product(7, status="published", created_at=3)
    assert listing_of(product) == Listing(product.name, product.category, product.type, 7, 0, 3)
    priced = replace(product, price=Price(0, Money(250, "USD")))
    listing = listing_of(priced)
    assert listing is not None
    assert (listing.points, listing.cash) == (0, 250)
    for status in ("draft", "delisted"):
        assert listing_of(replace(product, status=status)) is None
    assert rows("p1", None) == {}


# --- which rows may exist ------------------------------------------------------------------------


def should_do_nothing_where_the_rows_stand_already() -> None:
    listed = Listed((_listing(),), settled=True)
    assert listed.towards(_listing()) is listed
    assert Listed().towards(None) == Listed()


def should_keep_every_state_until_the_rows_are_in_line() -> None:
    """A change that died leaves its state behind, and so does the next one that dies."""
    old, newer, newest = _listing("Old"), _listing("Newer"), _listing("Newest")
    listed = Listed((old,)).towards(newer)
    assert listed == Listed((old, newer), settled=False)
    assert listed.towards(newer) == listed
    listed = listed.towards(newest)
    assert listed.states == (old, newer, newest)
    gone = listed.left_behind("p1", newest)
    assert gone == (rows("p1", old).keys() | rows("p1", newer).keys()) - rows("p1", newest).keys()
    assert listed.arrived(newest) == Listed((newest,), settled=True)


def should_leave_no_row_of_what_is_off_the_lists() -> None:
    listed = Listed((_listing(),)).towards(None)
    assert listed == Listed((_listing(),), settled=False)
    assert listed.left_behind("p1", None) == set(rows("p1", _listing()))
    assert listed.arrived(None) == Listed()


def should_keep_its_own_account_on_the_products_item() -> None:
    listed = Listed((_listing("Old"), _listing("New")), settled=False)
    assert Listed.of({"listing": listed.to_item()}) == listed
    assert Listed.of({}) == Listed()
