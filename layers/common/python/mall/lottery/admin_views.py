"""A lottery as its admins see it: everything, and what it may come to."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from mall.clock import instant
from mall.lottery.expectation import points_per_draw, shares
from mall.lottery.lottery import Kind, Lottery, Status
from mall.lottery.table import PrizeKind, PrizeTable, WhenGone
from mall.models import View, is_none


class AdminPrizeView(View):
    """A prize as it was asked for, with how likely it is, as decimals of 0 to 1.

    `odds` are those of a sample, by the weights. `share` is how often it is drawn in the long run,
    the guaranteed prize counted in, while nothing has run out. A scheduled lottery has neither:
    they depend on how many tickets are sold.
    """

    prize_id: str
    name: str
    kind: PrizeKind
    weight: int | None
    odds: str | None
    share: str | None
    stock: int | None
    points: int | None
    product_id: str | None
    sku: str | None
    substitute: str | None


class AdminTableView(View):
    """A version of the prizes.

    `points_per_draw` is what a draw of an instant lottery wins in the long run, and `points_most`
    what one can win at most.
    """

    version: int
    from_epoch: int
    hash: str
    prizes: list[AdminPrizeView]
    pity: dict[str, int | str] | None
    when_gone: WhenGone
    points_per_draw: str | None
    points_most: int


class AdminLotteryView(View):
    """A lottery with all its terms."""

    lottery_id: str
    kind: Kind
    status: Status
    name: str
    description: str
    cost: int
    opens_at: str
    closes_at: str
    draws_at: str | None
    beacon: str | None
    limits: dict[str, int]
    budget: int | None
    shards: int
    epochs: int
    server_seed_hash: Annotated[str | None, Field(exclude_if=is_none)] = None
    tables: list[AdminTableView]
    created_at: str
    opened_at: str | None
    closed_at: str | None


class AdminLotteryItemView(View):
    """A lottery in a list."""

    lottery_id: str
    kind: Kind
    status: Status
    name: str
    cost: int
    opens_at: str
    closes_at: str
    draws_at: str | None
    created_at: str


class AdminLotteryListView(View):
    """One page of lotteries, the newest first."""

    items: list[AdminLotteryItemView]
    next_cursor: str | None


def in_short(lottery: Lottery) -> AdminLotteryItemView:
    """A lottery in a list."""
    return AdminLotteryItemView(
        lottery_id=lottery.lottery_id,
        kind=lottery.kind,
        status=lottery.status,
        name=lottery.name,
        cost=lottery.cost,
        opens_at=instant(lottery.opens_at),
        closes_at=instant(lottery.closes_at),
        draws_at=_at(lottery.draws_at),
        created_at=instant(lottery.created_at),
    )


def for_admins(lottery: Lottery) -> AdminLotteryView:
    """The whole lottery."""
    return AdminLotteryView(
        lottery_id=lottery.lottery_id,
        kind=lottery.kind,
        status=lottery.status,
        name=lottery.name,
        description=lottery.description,
        cost=lottery.cost,
        opens_at=instant(lottery.opens_at),
        closes_at=instant(lottery.closes_at),
        draws_at=_at(lottery.draws_at),
        beacon=lottery.beacon or None,
        limits={name: n for name, n in vars(lottery.limits).items() if n is not None},
        budget=lottery.budget,
        shards=lottery.shards,
        epochs=lottery.epochs,
        server_seed_hash=lottery.anchor.hex() or None,
        tables=[_table(table) for table in lottery.tables],
        created_at=instant(lottery.created_at),
        opened_at=_at(lottery.opened_at),
        closed_at=_at(lottery.closed_at),
    )


def _at(at: int | None) -> str | None:
    return None if at is None else instant(at)


def _table(table: PrizeTable) -> AdminTableView:
    return AdminTableView(
        version=table.version,
        from_epoch=table.from_epoch,
        hash=table.hash,
        prizes=_prizes(table),
        pity={"draws": table.pity.draws, "prize_id": table.pity.prize_id} if table.pity else None,
        when_gone=table.when_gone,
        points_per_draw=decimal(points_per_draw(table)) if table.total else None,
        points_most=table.points_most,
    )


def _prizes(table: PrizeTable) -> list[AdminPrizeView]:
    likely = shares(table) if table.total else []
    return [
        AdminPrizeView(
            prize_id=prize.prize_id,
            name=prize.name,
            kind=prize.kind,
            weight=prize.weight or None,
            odds=decimal(table.odds(place)) if likely else None,
            share=decimal(likely[place]) if likely else None,
            stock=prize.stock,
            points=prize.points or None,
            product_id=prize.product_id or None,
            sku=prize.sku or None,
            substitute=prize.substitute or None,
        )
        for place, prize in enumerate(table.prizes)
    ]


def decimal(value: Fraction | Decimal, digits: int = 9) -> str:
    """A number from 0 on as decimal text, rounded half up; trailing zeros are left out."""
    scaled = (Fraction(value) * 10**digits + Fraction(1, 2)).__floor__()
    whole, rest = divmod(scaled, 10**digits)
    return f"{whole}.{rest:0{digits}d}".rstrip("0").rstrip(".")
