"""What the lottery's operations take: shapes and limits of each field.

What fields say of one another, and of the catalog, is checked in `checking` and `opening`.
"""

from typing import Annotated

from pydantic import Field

from mall.lottery.fairness import WEIGHT_MAX
from mall.lottery.lottery import Kind
from mall.lottery.table import PrizeKind, WhenGone
from mall.models import MAX_INTEGER, NO_CONTROLS, Instant, Points, Request, ShortText

PRIZES_MAX = 20
SHARDS_MAX = 32
STOCK_MAX = 1_000_000

PrizeId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Text = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
Seed = Annotated[str, Field(min_length=1, max_length=64, pattern=NO_CONTROLS)]
Many = Annotated[int, Field(strict=True, ge=1, le=MAX_INTEGER)]


class PrizeRequest(Request):
    """A prize: its share of the weights, how many there are, and what comes instead when none is.

    `points` is for kind `points`, `product_id` (and `sku`) for `product`, `coupon` and `voucher`.
    """

    prize_id: PrizeId
    name: ShortText
    kind: PrizeKind
    weight: Annotated[int, Field(strict=True, ge=1, le=WEIGHT_MAX)] | None = None
    stock: Annotated[int, Field(strict=True, ge=1, le=STOCK_MAX)] | None = None
    points: Points | None = None
    product_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    sku: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    substitute: PrizeId | None = None


class PityRequest(Request):
    """The guaranteed prize: whoever draws so often without it gets it with the last of them."""

    draws: Annotated[int, Field(strict=True, ge=2, le=10_000)]
    prize_id: PrizeId


class LimitsRequest(Request):
    """How many draws, or tickets, each member and all together may have, a program day and ever."""

    member_per_day: Many | None = None
    member_total: Many | None = None
    program_per_day: Many | None = None
    program_total: Many | None = None


class TableRequest(Request):
    """The prizes of a lottery and how they are given out."""

    # A list, because of a tuple whose every item has a fault it is said that it is too short, too.
    prizes: Annotated[list[PrizeRequest], Field(min_length=1, max_length=PRIZES_MAX)]
    pity: PityRequest | None = None
    when_gone: WhenGone = "substitute"


class LotteryRequest(TableRequest):
    """A whole lottery, as a draft. Instants are UTC; `cost` is in points for each draw or ticket.

    `draws_at` and `beacon` are for a scheduled one: it draws then, and if it names a public value
    that will be known after it closed, not before an admin has entered that.
    """

    name: ShortText
    kind: Kind
    description: Text = ""
    cost: Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
    opens_at: Instant
    closes_at: Instant
    draws_at: Instant | None = None
    beacon: ShortText | None = None
    limits: LimitsRequest = LimitsRequest()
    budget: Points | None = None
    shards: Annotated[int, Field(strict=True, ge=1, le=SHARDS_MAX)] = 8


class DrawRequest(Request):
    """A draw. The client seed goes into the outcome; left out, it is the member's id."""

    client_seed: Seed | None = None


class BuyTicketsRequest(Request):
    """Tickets of a scheduled lottery."""

    quantity: Annotated[int, Field(strict=True, ge=1, le=100)]


class BeaconRequest(Request):
    """The public value that a scheduled lottery was waiting for, as it was published."""

    value: Annotated[str, Field(min_length=1, max_length=500, pattern=NO_CONTROLS)]
