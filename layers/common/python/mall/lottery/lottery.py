"""A lottery as it stands: its terms, its tables, when it is open, and what it is committed to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from mall.catalog.product import VoucherTerms
from mall.clock import Millis
from mall.lottery import fairness
from mall.lottery.table import PrizeTable

Kind = Literal["instant", "scheduled"]
Status = Literal["draft", "open", "closing", "drawing", "closed"]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True)
class Limits:
    """How many draws, or tickets, there may be; None for no limit. Days are the program's."""

    member_per_day: int | None = None
    member_total: int | None = None
    program_per_day: int | None = None
    program_total: int | None = None


@dataclass(frozen=True)
class Goods:
    """A product that is won, as it was when the lottery took it in; `shard` is where units go back.

    `counted` tells whether its units are counted in the catalog.
    """

    product_id: str
    name: str
    type: str
    sku: str
    counted: bool
    shard: int = 0
    voucher_terms: VoucherTerms | None = None


@dataclass(frozen=True)
class Lottery:
    """A lottery. It takes draws, or sells tickets, in `[opens_at, closes_at)` while it is open.

    `cost` is in points for each draw or ticket. `budget` is the points that all its prizes together
    may come to, None where no prize is points. `anchor` is the SHA-256 of the first epoch's seed,
    empty before it opened. `goods` are the products that are won, by product and SKU. `draws_at`
    and `beacon` are of a scheduled lottery: when it draws, and which public value it waits for.
    """

    lottery_id: str
    kind: Kind
    name: str
    cost: int
    opens_at: Millis
    closes_at: Millis
    tables: tuple[PrizeTable, ...]
    status: Status = "draft"
    version: int = 1
    description: str = ""
    shards: int = 8
    limits: Limits = Limits()
    budget: int | None = None
    anchor: bytes = b""
    goods: Mapping[str, Goods] = field(default_factory=dict)
    draws_at: Millis | None = None
    beacon: str = ""
    created_at: Millis = 0
    opened_at: Millis | None = None
    closed_at: Millis | None = None

    @property
    def epochs(self) -> int:
        """How many epochs, and seeds, it has; a scheduled one draws once."""
        if self.kind == "scheduled":
            return 1
        return fairness.epochs(self.opens_at, self.closes_at)

    def epoch(self, at: Millis) -> int:
        """The epoch that an instant of its window is in."""
        return 1 if self.kind == "scheduled" else fairness.epoch_at(self.opens_at, at)

    def epoch_ends(self, epoch: int) -> Millis:
        """The first instant at which nothing is drawn any more with an epoch's seed.

        A scheduled lottery draws when it is told to; see `revealable`.
        """
        if self.kind == "scheduled":
            return self.draws_at or self.closes_at
        ends = min(fairness.epoch_ends(self.opens_at, epoch), self.closes_at)
        return min(ends, self.closed_at) if self.closed_at else ends

    def table(self, epoch: int) -> PrizeTable:
        """The table in force in an epoch."""
        return max(
            (table for table in self.tables if table.from_epoch <= epoch),
            key=lambda table: table.version,
        )

    def takes_draws(self, at: Millis) -> bool:
        """Whether it is open at an instant, as far as this snapshot knows."""
        return self.status == "open" and self.opens_at <= at < self.closes_at


def goods_key(product_id: str, sku: str) -> str:
    """Under which name a product that is won is kept."""
    return f"{product_id}#{sku}"
