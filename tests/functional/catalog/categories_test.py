"""Categories: shown to anybody as a tree, kept by admins."""

from typing import Any

import pytest
from mall.catalog.categories import CATEGORIES_MAX, Categories, Category, save
from mall.store import open_store

from tests.events import Answer
from tests.functional.acts import ADMIN, any_category, any_product, call, delist, everything

FOOD = {"category_id": "food", "name": "Food", "position": 0, "parent": None}


def _create(**changed: object) -> Answer:
    return call("create_category", ADMIN, body=FOOD | changed)


def _change(category: str, **terms: object) -> Answer:
    return call("change_category", ADMIN, path={"category_id": category}, body=terms)


def _delete(category: str) -> Answer:
    return call("delete_category", ADMIN, path={"category_id": category})


def _shown() -> list[dict[str, Any]]:
    answer = call("list_categories")
    assert (answer.status, answer.body["next_cursor"]) == (200, None)
    items: list[dict[str, Any]] = answer.body["items"]
    return items


def should_show_no_categories_before_the_first() -> None:
    assert _shown() == []


def should_let_anybody_keep_the_categories_for_five_seconds() -> None:
    assert call("list_categories").headers["cache-control"] == "public, max-age=5"


def should_create_categories_and_show_them_by_position_and_name() -> None:
    answer = _create(position=2)
    assert (answer.status, answer.body) == (201, FOOD | {"position": 2})
    any_category("films", name="Films", position=1)
    any_category("tea", name="Tea", position=1, parent="food")
    any_category("cafe", name="Cafés", position=1, parent="food")
    assert [shown["category_id"] for shown in _shown()] == ["cafe", "films", "tea", "food"]


def should_create_a_category_once_however_often_it_is_asked_for() -> None:
    assert _create().body == _create().body == FOOD
    assert _shown() == [FOOD]
    refused = _create(name="Meals")
    assert (refused.status, refused.code) == (409, "category_exists")
    assert _shown() == [FOOD]


def should_change_all_of_a_category_but_its_id() -> None:
    any_category("food")
    any_category("tea", parent="food")
    answer = _change("tea", name="Teas", position=3)
    assert (answer.status, answer.body) == (
        200,
        {"category_id": "tea", "name": "Teas", "position": 3, "parent": None},
    )
    assert answer.body in _shown()
    before = everything()
    assert _change("tea", name="Teas", position=3).body == answer.body
    assert everything() == before


@pytest.mark.parametrize("parent", ["none", "food", "tea"])
def should_refuse_a_parent_that_is_not_there_or_a_circle(parent: str) -> None:
    any_category("food")
    any_category("tea", parent="food")
    before = everything()
    answer = _change("food", name="Food", parent=parent)
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["parent"])
    assert _create(category_id="x", parent="none").fields == ["parent"]
    assert everything() == before


def should_refuse_a_501st_category() -> None:
    many = {f"c{n}": Category(f"c{n}", "C") for n in range(CATEGORIES_MAX)}
    open_store().transact([save(Categories(many))])
    answer = _create()
    assert (answer.status, answer.code) == (409, "too_many_categories")


def should_delete_a_category_that_nothing_is_in() -> None:
    any_category("food")
    assert _delete("food").status == 204
    assert _shown() == []
    assert (_delete("food").status, _delete("food").code) == (404, "not_found")


def should_keep_a_category_while_others_are_below_it() -> None:
    any_category("food")
    any_category("tea", parent="food")
    assert (_delete("food").status, _delete("food").code) == (409, "in_use")
    _delete("tea")
    assert _delete("food").status == 204


def should_keep_a_category_while_products_are_listed_in_it() -> None:
    any_category("food")
    product = any_product(codes=0, category="food")
    assert (_delete("food").status, _delete("food").code) == (409, "in_use")
    delist(product)
    assert _delete("food").status == 204


def should_list_products_of_a_category_that_nobody_made() -> None:
    any_product(codes=0, name="Tea", category="unmade")
    (shown,) = call("list_products", query={"category": "unmade"}).body["items"]
    assert shown["name"] == "Tea"


def should_know_no_category_that_was_not_made() -> None:
    answer = _change("food", name="Food")
    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("category_id", "Food"),
        ("category_id", "a" * 41),
        ("name", ""),
        ("name", "n" * 81),
        ("position", -1),
        ("position", 1.5),
        ("parent", "Food & Drink"),
        ("colour", "red"),
    ],
)
def should_refuse_unacceptable_values_by_field(field: str, value: object) -> None:
    before = everything()
    answer = _create(**{field: value})
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", [field])
    assert everything() == before
