"""What browsing takes and shows: words, prices that can be afforded, categories."""

from dataclasses import asdict
from typing import Annotated

from pydantic import AfterValidator, Field

from mall.catalog.categories import Category
from mall.catalog.listing import words_of
from mall.catalog.requests import Slug
from mall.models import MAX_INTEGER, Request, ShortText, View


def _with_words(text: str) -> str:
    if not words_of(text):
        raise ValueError("write a word of at least two letters or digits")
    return text


Words = Annotated[str, Field(max_length=100), AfterValidator(_with_words)]
Affordable = Annotated[int, Field(ge=0, le=MAX_INTEGER)]


class CategoryTerms(Request):
    """A category's name, its place among those beside it, and the one above it."""

    name: Annotated[ShortText, Field(max_length=80)]
    position: Annotated[int, Field(strict=True, ge=0, le=10_000)] = 0
    parent: Slug | None = None

    def category(self, category_id: str) -> Category:
        """The category with this id."""
        return Category(category_id, self.name, self.position, self.parent)


class CreateCategoryRequest(CategoryTerms):
    """A new category; its id is what products name."""

    category_id: Slug


class CategoryView(View):
    """A category; `parent` is the id of the one above it, null at the top."""

    category_id: str
    name: str
    position: int
    parent: str | None


class CategoryListView(View):
    """All categories, by position and name. There is never a next page."""

    items: list[CategoryView]
    next_cursor: None = None


def category_view(category: Category) -> CategoryView:
    """A category as it is shown."""
    return CategoryView(**asdict(category))
