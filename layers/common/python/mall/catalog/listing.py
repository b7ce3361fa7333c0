"""Lists of products are rows: one small item for each list that a product stands in, in its order.

A page is one query of one partition, however many products there are. The partition is named by a
**facet** (all products, a category, a type, both, a word of the name) and an **order**; what else
was asked for filters the rows, which hold what that needs.

A product keeps the states whose rows may exist. A change first saves old and new, then brings the
rows in line, then saves the new one alone: a change that died half-way leaves nothing that the
next one would not find.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from mall import keys
from mall.catalog.product import Product, ProductType
from mall.clock import Millis

Order = Literal["category", "name", "newest", "points"]
Sort = Literal["category", "name", "newest", "points", "-points"]
RowKey = tuple[str, str]

WORDS_MAX = 12
_WORD_LETTERS_MAX = 40
_NAME_LETTERS_MAX = 120  # folding may make a name longer, and a sort key holds 1,024 bytes
_ORDERS: tuple[Order, ...] = ("category", "name", "newest", "points")


@dataclass(frozen=True)
class Listing:
    """What lists say of a product while it is published: its rows follow from this alone."""

    name: str
    category: str
    type: ProductType
    points: int
    cash: int
    created_at: Millis


def listing_of(product: Product) -> Listing | None:
    """How the product is listed; None for one that is not published."""
    if product.status != "published":
        return None
    return Listing(
        name=product.name,
        category=product.category,
        type=product.type,
        points=product.price.points,
        cash=product.price.cash_amount,
        created_at=product.created_at,
    )


# --- words ---------------------------------------------------------------------------------------


def folded(text: str) -> str:
    """Text as names are compared: no case, no marks, runs of anything else one space."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = (letter for letter in plain if not unicodedata.combining(letter))
    return " ".join("".join(c if c.isalnum() else " " for c in kept).split())


def words_of(text: str) -> tuple[str, ...]:
    """The words by which a name is found, each once, at most 12.

    A single letter is a word only outside ASCII, where it may be one.
    """
    cut = (word[:_WORD_LETTERS_MAX] for word in folded(text).split())
    telling = dict.fromkeys(word for word in cut if len(word) > 1 or not word.isascii())
    return tuple(telling)[:WORDS_MAX]


# --- rows ----------------------------------------------------------------------------------------


def rows(product_id: str, listing: Listing | None) -> dict[RowKey, dict[str, Any]]:
    """Every row of a listed product, by its key; none of one that is not listed."""
    if listing is None:
        return {}
    words = words_of(listing.name)
    facts = {
        "product_id": product_id,
        "type": listing.type,
        "category": listing.category,
        "points": listing.points,
        "words": list(words),
    }
    made = {}
    for named in _facets(listing, words):
        for order in _ORDERS:
            pk = partition(named, order)
            sk = _sort_key(product_id, listing, "name" if pk.endswith("#name") else order)
            made[pk, sk] = {"pk": pk, "sk": sk, **facts}
    return made


def _facets(listing: Listing, words: tuple[str, ...]) -> Iterator[str]:
    yield facet()
    yield facet(category=listing.category)
    yield facet(type_=listing.type)
    yield facet(category=listing.category, type_=listing.type)
    yield from (facet(word=word) for word in words)


def facet(category: str | None = None, type_: str | None = None, word: str | None = None) -> str:
    """The name of a facet: a word alone, else a category, a type, both, or all products."""
    if word is not None:
        return f"W#{word}"
    named = [f"C#{category}"] if category else []
    named += [f"T#{type_}"] if type_ else []
    return "#".join(named) or "ALL"


def partition(facet: str, order: Order) -> str:
    """The partition of a facet's rows in an order. Within one category, that is by name."""
    one_category = facet.startswith("C#") and order == "category"
    return keys.listing_rows(facet, "name" if one_category else order)


def _sort_key(product_id: str, listing: Listing, order: Order) -> str:
    """Text that sorts as the order says; equals go by id.

    A folded name has letters, digits and single spaces, so what ends it sorts before all of them.
    """
    name = f"{folded(listing.name)[:_NAME_LETTERS_MAX]} #{product_id}"
    match order:
        case "category":
            return f"{listing.category}#{name}"
        case "name":
            return name
        case "newest":
            return f"{listing.created_at:014d}#{product_id}"
        case "points":
            return f"{listing.points:016d}#{listing.cash:016d}#{product_id}"


# --- which rows may exist ------------------------------------------------------------------------


@dataclass(frozen=True)
class Listed:
    """The states of a product whose rows may exist; `settled`: exactly the rows of these do."""

    states: tuple[Listing, ...] = ()
    settled: bool = True

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> "Listed":
        """What a product's item says."""
        said = item.get("listing", {"states": [], "settled": True})
        return cls(tuple(Listing(**state) for state in said["states"]), said["settled"])

    def to_item(self) -> dict[str, Any]:
        """What the product's item keeps under `listing`."""
        return {"states": [asdict(state) for state in self.states], "settled": self.settled}

    def towards(self, wanted: Listing | None) -> "Listed":
        """What to save before the rows of `wanted` are written; the same if nothing is to do."""
        if self.settled and self.states == _only(wanted):
            return self
        states = tuple(dict.fromkeys(self.states + _only(wanted)))
        return Listed(states, settled=False)

    def arrived(self, wanted: Listing | None) -> "Listed":
        """What to save once the rows of `wanted` stand and no others do."""
        return replace(self, states=_only(wanted), settled=True)

    def left_behind(self, product_id: str, wanted: Listing | None) -> set[RowKey]:
        """Keys of rows that may exist and should not."""
        may_exist = {key for state in self.states for key in rows(product_id, state)}
        return may_exist - rows(product_id, wanted).keys()


def _only(listing: Listing | None) -> tuple[Listing, ...]:
    return () if listing is None else (listing,)
