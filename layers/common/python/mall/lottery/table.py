"""The prize table: what can be won, how likely, how many, and what comes instead.

Its canonical text is what is hashed and published before the first draw: JSON with sorted names,
no spaces, ASCII only. A version never changes; a change is a new version, from the start of a
later epoch. Units of a limited prize have serials from 1.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

PrizeKind = Literal["nothing", "points", "product", "coupon", "voucher"]
DELIVERED: tuple[PrizeKind, ...] = ("product", "coupon", "voucher")  # as an order
WhenGone = Literal["substitute", "close"]


@dataclass(frozen=True)
class Prize:
    """A prize. `stock` is how many there are, None for no end; `substitute` comes instead after.

    A scheduled lottery gives out all of the stock, in the order of the table, and has no weights.
    """

    prize_id: str
    name: str
    kind: PrizeKind
    weight: int = 0
    stock: int | None = None
    points: int = 0
    product_id: str = ""
    sku: str = ""
    substitute: str = ""

    @property
    def delivered(self) -> bool:
        """Whether it comes as an order."""
        return self.kind in DELIVERED


@dataclass(frozen=True)
class Pity:
    """Every so many draws without it, the next draw gives this prize, whatever the sample says."""

    draws: int
    prize_id: str


@dataclass(frozen=True)
class PrizeTable:
    """A version of a lottery's prizes, in force from the start of an epoch."""

    lottery_id: str
    version: int
    from_epoch: int
    prizes: tuple[Prize, ...]
    pity: Pity | None = None
    when_gone: WhenGone = "substitute"

    @property
    def total(self) -> int:
        """The sum of the weights."""
        return sum(prize.weight for prize in self.prizes)

    @property
    def weights(self) -> Sequence[int]:
        """The weights, in the order of the prizes."""
        return [prize.weight for prize in self.prizes]

    @property
    def points_most(self) -> int:
        """The most points that one draw can win."""
        return max((prize.points for prize in self.prizes), default=0)

    @property
    def limited(self) -> Sequence[int]:
        """The places of the prizes that can run out."""
        return [place for place, prize in enumerate(self.prizes) if prize.stock is not None]

    def place(self, prize_id: str) -> int:
        """The place of a prize in the table, from 0."""
        return next(n for n, prize in enumerate(self.prizes) if prize.prize_id == prize_id)

    def odds(self, place: int) -> Fraction:
        """How likely a prize is to be drawn."""
        return Fraction(self.prizes[place].weight, self.total)

    def text(self) -> str:
        """The canonical text, which is published and hashed."""
        said = {
            "lottery_id": self.lottery_id,
            "version": self.version,
            "from_epoch": self.from_epoch,
            "prizes": [_stated(prize) for prize in self.prizes],
            "pity": {"draws": self.pity.draws, "prize_id": self.pity.prize_id}
            if self.pity
            else None,
            "when_gone": self.when_gone,
        }
        return json.dumps(said, sort_keys=True, separators=(",", ":"))

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical text, in hex."""
        return hashlib.sha256(self.text().encode()).hexdigest()


def _stated(prize: Prize) -> Mapping[str, Any]:
    """A prize as the table states it; what does not apply is left out."""
    optional = {
        "stock": prize.stock,
        "points": prize.points or None,
        "product_id": prize.product_id or None,
        "sku": prize.sku or None,
        "substitute": prize.substitute or None,
        "weight": prize.weight or None,
    }
    always = {"prize_id": prize.prize_id, "name": prize.name, "kind": prize.kind}
    return always | {name: value for name, value in optional.items() if value is not None}


def table_of(text: str) -> PrizeTable:
    """The table whose canonical text this is."""
    said = json.loads(text)
    return PrizeTable(
        lottery_id=said["lottery_id"],
        version=said["version"],
        from_epoch=said["from_epoch"],
        prizes=tuple(Prize(**prize) for prize in said["prizes"]),
        pity=Pity(**said["pity"]) if said["pity"] else None,
        when_gone=said["when_gone"],
    )
