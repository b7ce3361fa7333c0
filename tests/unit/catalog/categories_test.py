"""The tree of categories: who may be where, and what may go."""

import pytest
from mall.catalog.categories import CATEGORIES_MAX, Categories, Category, from_item, save
from mall.errors import CategoryExists, InUse, Invalid, NotFound, TooManyCategories


def _tree(*categories: Category) -> Categories:
    tree = Categories({})
    for category in categories:
        tree = tree.with_new(category)
    return tree


FOOD = Category("food", "Food")
CAFE = Category("cafe", "Cafés", parent="food")
TEA = Category("tea", "Tea", parent="cafe")


def should_show_categories_by_position_and_name() -> None:
    tree = _tree(Category("b", "B", 1), Category("z", "A", 1), Category("y", "Y", 0))
    assert [each.category_id for each in tree] == ["y", "z", "b"]


def should_take_the_same_category_twice_and_another_by_its_id_never() -> None:
    tree = _tree(FOOD)
    assert tree.with_new(FOOD) is tree
    with pytest.raises(CategoryExists):
        tree.with_new(Category("food", "Meals"))


def should_have_500_categories_at_most() -> None:
    tree = _tree(*(Category(f"c{n}", "C") for n in range(CATEGORIES_MAX)))
    with pytest.raises(TooManyCategories):
        tree.with_new(FOOD)
    assert tree.with_new(Category("c0", "C")) is tree


@pytest.mark.parametrize(
    "changed",
    [
        Category("food", "Food", parent="none"),
        Category("food", "Food", parent="food"),
        Category("food", "Food", parent="cafe"),
        Category("food", "Food", parent="tea"),
    ],
)
def should_put_no_category_below_nothing_or_itself(changed: Category) -> None:
    with pytest.raises(Invalid) as refused:
        _tree(FOOD, CAFE, TEA).with_changed(changed)
    assert [fault["field"] for fault in refused.value.faults] == ["parent"]


def should_move_a_category_with_all_below_it() -> None:
    tree = _tree(FOOD, CAFE, TEA).with_changed(Category("cafe", "Cafés"))
    assert (tree.get("cafe").parent, tree.get("tea").parent) == (None, "cafe")


def should_keep_a_category_that_others_are_below() -> None:
    tree = _tree(FOOD, CAFE)
    with pytest.raises(InUse):
        tree.without("food")
    assert not tree.without("cafe").without("food").by_id


def should_know_no_category_that_was_not_made() -> None:
    for act in (
        lambda: _tree().get("food"),
        lambda: _tree().with_changed(FOOD),
        lambda: _tree().without("food"),
    ):
        with pytest.raises(NotFound):
            act()


def should_come_back_from_its_item_as_it_was() -> None:
    tree = _tree(FOOD, CAFE, TEA)
    stored = from_item(save(tree).item)
    assert (stored.by_id, stored.version) == (tree.by_id, 1)
    assert from_item(None) == Categories({})
