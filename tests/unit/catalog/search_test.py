"""What was asked of the lists, as one query."""

import pytest
from mall.catalog.search import Wanted


@pytest.mark.parametrize(
    ("wanted", "partition"),
    [
        (Wanted(), "LIST#ALL#category"),
        (Wanted("name"), "LIST#ALL#name"),
        (Wanted(category="cafe"), "LIST#C#cafe#name"),
        (Wanted("newest", type="coupon"), "LIST#T#coupon#newest"),
        (Wanted("-points", "cafe", "coupon"), "LIST#C#cafe#T#coupon#points"),
        (Wanted("points", "cafe", words=("tea", "green")), "LIST#W#green#points"),
    ],
)
def should_ask_the_partition_that_tells_most(wanted: Wanted, partition: str) -> None:
    assert wanted.query.values["pk"] == partition


@pytest.mark.parametrize("sort", ["category", "name", "points"])
def should_read_forwards(sort: str) -> None:
    assert not Wanted(sort).query.backwards  # type: ignore[arg-type] # each is one


@pytest.mark.parametrize("sort", ["newest", "-points"])
def should_read_backwards(sort: str) -> None:
    assert Wanted(sort).query.backwards  # type: ignore[arg-type] # each is one


def should_filter_nothing_that_a_partition_is_about() -> None:
    assert Wanted(category="cafe", type="coupon").query.only == ""
    assert Wanted(words=("tea",)).query.only == ""


def should_filter_words_by_what_else_was_asked() -> None:
    query = Wanted(category="cafe", words=("tea", "green", "cup"), affordable=9).query
    assert query.only == (
        "#points <= :points AND #category = :category"
        " AND contains(#words, :word0) AND contains(#words, :word1)"
    )
    assert {query.values[f"word{n}"] for n in range(2)} == {"tea", "cup"}


def should_afford_by_the_range_of_a_list_in_order_of_points() -> None:
    for sort in ("points", "-points"):
        query = Wanted(sort, affordable=9).query
        assert (query.only, query.values["dearer"]) == ("", "0000000000000010")
        assert query.condition.endswith("#sk < :dearer")


def should_bind_a_cursor_to_everything_asked_for() -> None:
    asked = [
        Wanted(),
        Wanted("name"),
        Wanted(category="cafe"),
        Wanted(type="coupon"),
        Wanted(words=("tea",)),
        Wanted(words=("tea", "cup")),
        Wanted(affordable=0),
        Wanted(affordable=1),
    ]
    assert len({wanted.scope for wanted in asked}) == len(asked)
