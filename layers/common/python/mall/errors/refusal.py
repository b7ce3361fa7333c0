"""What a refusal is, and what is none: `Stale` and `AlreadyDone` never leave the mall."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

Fault = Mapping[str, str]  # {"field": "price.points", "message": "..."}


class Refusal(Exception):
    """A request that was understood and turned down; nothing was written.

    `facts` are extra members of the problem document, such as `available`.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]
    facts: Mapping[str, Any]
    faults: Sequence[Fault]
    retry_after_s: ClassVar[int | None] = None

    def __init__(self, detail: str = "", *, faults: Sequence[Fault] = (), **facts: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.faults = faults
        self.facts = facts


class Stale(Exception):
    """The snapshot that a decision was made on has changed: read again and decide again.

    `rival` tells that somebody is at the same item now, so a pause before the next try helps.
    """

    rival: ClassVar[bool] = True


class AlreadyDone(Exception):
    """A receipt with this key exists; `item` is what it holds."""

    def __init__(self, item: Mapping[str, Any]) -> None:
        super().__init__("a receipt with this key exists")
        self.item = item


def refusals(root: type[Refusal] = Refusal) -> list[type[Refusal]]:
    """Every refusal of the tree, parents before children."""
    return [kind for child in root.__subclasses__() for kind in [child, *refusals(child)]]
