"""Categories: the tree that a storefront shows, in one document.

They are few, and what holds among them (a parent exists, no circle, at most 500) is about all of
them; so one item with a version keeps them, and every change of it is decided on the whole.
A product may name a category that is not here: it is listed by it all the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mall import keys
from mall.errors import CategoryExists, InUse, Invalid, NotFound, TooManyCategories
from mall.writes import Write, put_version

CATEGORIES_MAX = 500


@dataclass(frozen=True)
class Category:
    """One category; `parent` is the id of the one above it."""

    category_id: str
    name: str
    position: int = 0
    parent: str | None = None


@dataclass(frozen=True)
class Categories:
    """All categories by id, and the version of the document; 0 before the first."""

    by_id: Mapping[str, Category]
    version: int = 0

    def __iter__(self) -> Iterator[Category]:
        """The categories by position, then name."""
        return iter(sorted(self.by_id.values(), key=lambda c: (c.position, c.name, c.category_id)))

    def get(self, category_id: str) -> Category:
        """A category. Raises NotFound."""
        if category_id not in self.by_id:
            raise NotFound("There is no such category.")
        return self.by_id[category_id]

    def with_new(self, category: Category) -> "Categories":
        """These and one more; the very same again changes nothing.

        Raises CategoryExists, TooManyCategories, Invalid.
        """
        standing = self.by_id.get(category.category_id)
        if standing == category:
            return self
        if standing:
            raise CategoryExists()
        if len(self.by_id) >= CATEGORIES_MAX:
            raise TooManyCategories()
        return self._placed(category)

    def with_changed(self, category: Category) -> "Categories":
        """These with one of them changed. Raises NotFound, Invalid."""
        return self if self.get(category.category_id) == category else self._placed(category)

    def without(self, category_id: str) -> "Categories":
        """These without one of them. Raises NotFound, InUse when others are below it."""
        self.get(category_id)
        if any(each.parent == category_id for each in self.by_id.values()):
            raise InUse("There are categories below this one.")
        kept = {name: each for name, each in self.by_id.items() if name != category_id}
        return replace(self, by_id=kept)

    def _placed(self, category: Category) -> "Categories":
        """With this category where it says. Raises Invalid for an unknown parent or a circle."""
        placed = {**self.by_id, category.category_id: category}
        above = category.parent
        while above is not None:
            if above not in placed:
                raise Invalid.of("parent", "There is no such category.")
            if above == category.category_id:
                raise Invalid.of("parent", "A category cannot be below itself.")
            above = placed[above].parent
        return replace(self, by_id=placed)


def from_item(item: Mapping[str, Any] | None) -> Categories:
    """The categories that the item holds; none before the first was made."""
    if item is None:
        return Categories({})
    found = (Category(*fields) for fields in item["categories"])
    return Categories({each.category_id: each for each in found}, item["version"])


def save(categories: Categories) -> Write:
    """Write the document anew; Stale if it has changed since it was read."""
    fields = [[c.category_id, c.name, c.position, c.parent] for c in categories]
    return put_version("catalog", {**keys.CATEGORIES, "categories": fields}, categories.version)
