"""A lottery as everybody sees it: terms, odds, what is left, and what it is committed to."""

from typing import Annotated

from pydantic import Field

from mall.clock import Millis, instant
from mall.errors import NotFound, SeedSealed
from mall.lottery.admin_views import decimal
from mall.lottery.lottery import Kind, Lottery, Status
from mall.lottery.revealing import EpochStatus, Revealed, begins_at, reveals_at, status_of
from mall.lottery.shards import Seen, Shard
from mall.lottery.table import PrizeKind, PrizeTable, WhenGone
from mall.models import View, is_none


class PrizeView(View):
    """A prize: its share of the weights, and how likely it is as a decimal of 0 to 1.

    `remaining` of a prize that can run out is seconds old. A scheduled lottery has no odds: they
    depend on how many tickets are sold.
    """

    prize_id: str
    name: str
    kind: PrizeKind
    weight: Annotated[int | None, Field(exclude_if=is_none)] = None
    odds: str | None
    stock: int | None
    remaining: int | None
    points: Annotated[int | None, Field(exclude_if=is_none)] = None
    product_id: Annotated[str | None, Field(exclude_if=is_none)] = None
    sku: Annotated[str | None, Field(exclude_if=is_none)] = None
    substitute: Annotated[str | None, Field(exclude_if=is_none)] = None


class CommitmentView(View):
    """What cannot be changed any more: the anchor of the seeds, and the table in force."""

    server_seed_hash: str
    prize_table_hash: str


class TableView(View):
    """A version of the prizes: the SHA-256 of `text` is `hash`."""

    version: int
    from_epoch: int
    hash: str
    text: str


class PityView(View):
    """Whoever draws so often without the prize gets it with the last of them."""

    draws: int
    prize_id: str


class LotteryView(View):
    """A lottery. The prizes are those in force; `tables` has every version, also one to come."""

    lottery_id: str
    name: str
    description: str
    kind: Kind
    status: Status
    cost: int
    limits: dict[str, int]
    prizes: list[PrizeView]
    pity: PityView | None
    when_gone: WhenGone
    commitment: CommitmentView
    tables: list[TableView]
    opens_at: str
    closes_at: str
    draws_at: str | None
    closed_at: str | None
    beacon: Annotated[str | None, Field(exclude_if=is_none)] = None
    epoch: int
    epochs: int


class LotteryListView(View):
    """One page of lotteries, newest first."""

    items: list[LotteryView]
    next_cursor: str | None


class EpochView(View):
    """An epoch: `server_seed` once it is revealed, which is never before `reveals_at`."""

    epoch: int
    begins_at: str
    ends_at: str
    status: EpochStatus
    reveals_at: str
    server_seed: Annotated[str | None, Field(exclude_if=is_none)] = None


class SeedView(View):
    """Every epoch of a lottery, in their order; `server_seed_hash` is that of the first seed."""

    lottery_id: str
    server_seed_hash: str
    epochs: list[EpochView]


def visible(lottery: Lottery) -> Lottery:
    """A lottery that everybody may see. Raises NotFound for a draft."""
    if lottery.status == "draft":
        raise NotFound("There is no such lottery.")
    return lottery


def public(lottery: Lottery, shards: list[Shard], now: Millis) -> LotteryView:
    """A lottery as everybody sees it; what is left is as these shards were seen."""
    epoch = epoch_shown(lottery, now)
    table = lottery.table(epoch)
    seen = Seen(lottery, table, "", shards)
    return LotteryView(
        lottery_id=lottery.lottery_id,
        name=lottery.name,
        description=lottery.description,
        kind=lottery.kind,
        status=_status(lottery, seen, now),
        cost=lottery.cost,
        limits={name: n for name, n in vars(lottery.limits).items() if n is not None},
        prizes=_prizes(lottery, table, seen),
        pity=PityView(**vars(table.pity)) if table.pity else None,
        when_gone=table.when_gone,
        commitment=CommitmentView(
            server_seed_hash=lottery.anchor.hex(), prize_table_hash=table.hash
        ),
        tables=[
            TableView(version=t.version, from_epoch=t.from_epoch, hash=t.hash, text=t.text())
            for t in lottery.tables
        ],
        opens_at=instant(lottery.opens_at),
        closes_at=instant(lottery.closes_at),
        draws_at=None if lottery.draws_at is None else instant(lottery.draws_at),
        closed_at=None if lottery.closed_at is None else instant(lottery.closed_at),
        beacon=lottery.beacon or None,
        epoch=epoch,
        epochs=lottery.epochs,
    )


def epoch_shown(lottery: Lottery, now: Millis) -> int:
    """The epoch of now; the first before it opens, the last one in which it drew after that."""
    ends = min(lottery.closes_at, lottery.closed_at or lottery.closes_at)
    return lottery.epoch(max(lottery.opens_at, min(now, ends - 1)))


def _status(lottery: Lottery, seen: Seen, now: Millis) -> Status:
    """As it is, even before a job has closed what takes no draws any more."""
    over = now >= lottery.closes_at or (lottery.kind == "instant" and seen.shards and seen.over)
    return "closing" if lottery.status == "open" and over else lottery.status


def _prizes(lottery: Lottery, table: PrizeTable, seen: Seen) -> list[PrizeView]:
    left = seen.remaining()
    if lottery.kind == "scheduled" and lottery.status == "closed":
        left = dict.fromkeys(left, 0)
    return [
        PrizeView(
            prize_id=prize.prize_id,
            name=prize.name,
            kind=prize.kind,
            weight=prize.weight or None,
            odds=decimal(table.odds(place)) if table.total else None,
            stock=prize.stock,
            remaining=left.get(prize.prize_id),
            points=prize.points or None,
            product_id=prize.product_id or None,
            sku=prize.sku or None,
            substitute=prize.substitute or None,
        )
        for place, prize in enumerate(table.prizes)
    ]


# --- seeds ---------------------------------------------------------------------------------------


def seeds_shown(lottery: Lottery, known: Revealed, now: Millis, epoch: int | None) -> SeedView:
    """Every epoch with its seed as far as that is known, or one whose seed must be.

    Raises NotFound for an epoch that there is not, and SeedSealed(reveals_at).
    """
    if epoch is not None and epoch > lottery.epochs:
        raise NotFound("This lottery has no such epoch.")
    if epoch is not None and epoch > known.epoch:
        raise SeedSealed(reveals_at=instant(reveals_at(lottery, epoch)))
    wanted = range(1, lottery.epochs + 1) if epoch is None else [epoch]
    seeds = known.seeds()
    return SeedView(
        lottery_id=lottery.lottery_id,
        server_seed_hash=lottery.anchor.hex(),
        epochs=[
            EpochView(
                epoch=each,
                begins_at=instant(begins_at(lottery, each)),
                ends_at=instant(lottery.epoch_ends(each)),
                status=status_of(lottery, each, known, now),
                reveals_at=instant(reveals_at(lottery, each)),
                server_seed=seeds[each].hex() if each in seeds else None,
            )
            for each in wanted
        ],
    )
