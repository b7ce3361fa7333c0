"""The shop window: what a process remembers of what anybody may see, for two seconds.

It spares the tables a crowd that looks at the same pages. Nothing is sold by it: a redemption
reads for itself, and decides by its own conditions.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import cache
from typing import Annotated, Generic, TypeVar

from aws_lambda_powertools.event_handler import Depends

from mall.catalog.browsing import CategoryListView
from mall.catalog.views import ProductListView
from mall.lottery.showing import LotteryListView, LotteryView

T = TypeVar("T")

SEEN_AGE_S_MAX = 2.0
PUBLIC_AGE_S_MAX = 5  # what browsers and the edge are told, on top of that
_KEPT_MAX = 500


class Kept(Generic[T]):
    """Values by what was asked, each for two seconds; of too many, the least used goes first."""

    def __init__(self, most: int = _KEPT_MAX) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, tuple[T, float]] = OrderedDict()

    def get(self, asked: Hashable, read: Callable[[], T]) -> T:
        """The value that was read for this less than two seconds ago, or as it is read now."""
        value, until = self._values.get(asked, (None, 0.0))
        if value is None or time.monotonic() >= until:
            value = read()
            self._values[asked] = (value, time.monotonic() + SEEN_AGE_S_MAX)
        self._values.move_to_end(asked)
        if len(self._values) > self._most:
            self._values.popitem(last=False)
        return value


class Window:
    """Pages of products and lotteries by what was asked, units left, and the categories."""

    def __init__(self) -> None:
        self.pages: Kept[ProductListView] = Kept()
        self.units: Kept[int] = Kept(10_000)
        self.categories: Kept[CategoryListView] = Kept()
        self.lotteries: Kept[LotteryView] = Kept()
        self.lottery_pages: Kept[LotteryListView] = Kept()


@cache
def open_window() -> Window:
    """What this process remembers."""
    return Window()


OpenWindow = Annotated[Window, Depends(open_window)]
