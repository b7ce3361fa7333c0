"""What was asked of the lists, as one query: which partition, in which direction, which filter.

The longest word asked for names the partition, because the longest is most often the rarest. What
no partition is about filters the rows after they were read, so such a page may be short.
"""

from dataclasses import dataclass
from typing import Any

from mall.catalog.listing import Order, Sort, facet, partition
from mall.catalog.product import ProductType


@dataclass(frozen=True)
class Wanted:
    """Which products, in which order. `words`: all of them in the name. `affordable`: points."""

    sort: Sort = "category"
    category: str | None = None
    type: ProductType | None = None
    words: tuple[str, ...] = ()
    affordable: int | None = None

    @property
    def scope(self) -> str:
        """What a cursor of this list is bound to."""
        words = "+".join(self.words)
        return f"products:{self.sort}:{self.category}:{self.type}:{words}:{self.affordable}"

    @property
    def query(self) -> "Query":
        """The one query that a page is read by."""
        order: Order = "points" if self.sort == "-points" else self.sort
        word = max(self.words, key=len, default=None)
        values: dict[str, Any] = {"pk": partition(self._facet(word), order)}
        condition, only = "#pk = :pk", []
        if self.affordable is not None and order == "points":
            condition += " AND #sk < :dearer"
            values["dearer"] = f"{self.affordable + 1:016d}"
        elif self.affordable is not None:
            only.append("#points <= :points")
            values["points"] = self.affordable
        if word is not None:
            only += [f"#{name} = :{name}" for name in self._terms()]
            values |= self._terms()
            for number, other in enumerate(each for each in self.words if each != word):
                only.append(f"contains(#words, :word{number})")
                values[f"word{number}"] = other
        backwards = self.sort in ("newest", "-points")
        return Query(condition, values, " AND ".join(only), backwards)

    def _facet(self, word: str | None) -> str:
        return facet(word=word) if word is not None else facet(self.category, self.type)

    def _terms(self) -> dict[str, str]:
        terms = {"category": self.category, "type": self.type}
        return {name: value for name, value in terms.items() if value}


@dataclass(frozen=True)
class Query:
    """A key condition with its values, a filter, and whether the rows are read from their end."""

    condition: str
    values: dict[str, Any]
    only: str
    backwards: bool
