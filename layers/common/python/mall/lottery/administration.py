"""A lottery from draft to closing, as pure changes of what it is.

A draft can become anything. Of an open lottery everything was published, and draws go by it: only
an instant one can get another table, as a new version from the start of a later epoch. So whoever
draws today knows what today's draws are made from.
"""

from dataclasses import replace

from mall.clock import Millis, millis
from mall.errors import LotteryFixed
from mall.lottery import fairness
from mall.lottery.lottery import Limits, Lottery
from mall.lottery.requests import LotteryRequest, PrizeRequest, TableRequest
from mall.lottery.table import Pity, Prize, PrizeTable

# Longer than a process remembers a lottery, and than a change takes to commit.
_NOTICE_MS = 60_000
# In the order of the request.
_FIXED = (
    "name", "kind", "description", "cost", "opens_at", "closes_at", "draws_at", "beacon", "limits",
    "budget", "shards",
)  # fmt: skip


def draft(lottery_id: str, request: LotteryRequest, now: Millis) -> Lottery:
    """A lottery that nobody sees yet, as it is asked for: `checking` is told what it would be."""
    return Lottery(
        lottery_id=lottery_id,
        kind=request.kind,
        name=request.name,
        description=request.description,
        cost=request.cost,
        opens_at=millis(request.opens_at),
        closes_at=millis(request.closes_at),
        draws_at=millis(request.draws_at) if request.draws_at else None,
        beacon=request.beacon or "",
        limits=Limits(**request.limits.model_dump()),
        budget=request.budget,
        shards=request.shards,
        tables=(table(lottery_id, request, version=1, from_epoch=1),),
        created_at=now,
    )


def redrafted(before: Lottery, request: LotteryRequest, now: Millis) -> Lottery:
    """A draft as it is asked for now: the same lottery, everything else anew."""
    after = draft(before.lottery_id, request, now)
    return replace(after, version=before.version, created_at=before.created_at)


def retabled(before: Lottery, request: LotteryRequest, now: Millis) -> Lottery:
    """An open lottery with the table that is asked for, as its newest version.

    The same lottery if that is its newest table already. Raises LotteryFixed(fixed), which names
    the first field that cannot change: `status` if none can any more.
    """
    asked, newest = draft(before.lottery_id, request, now), before.tables[-1]
    changed = [name for name in _FIXED if getattr(asked, name) != getattr(before, name)]
    same = replace(asked.tables[0], version=newest.version, from_epoch=newest.from_epoch) == newest
    if same and not changed:
        return before
    if before.status != "open":
        raise LotteryFixed(fixed="status")
    epoch = _next_epoch(before, now)
    if changed or before.kind == "scheduled" or epoch > before.epochs:
        raise LotteryFixed(fixed=(*changed, "prizes")[0])
    following = replace(asked.tables[0], version=newest.version + 1, from_epoch=epoch)
    return replace(before, tables=(*before.tables, following))


def _next_epoch(lottery: Lottery, now: Millis) -> int:
    """The first epoch that begins late enough for everybody to know what it begins with."""
    return max(1, fairness.epoch_at(lottery.opens_at, now + _NOTICE_MS - 1) + 1)


def table(lottery_id: str, request: TableRequest, *, version: int, from_epoch: int) -> PrizeTable:
    """A version of a lottery's table."""
    pity = request.pity
    return PrizeTable(
        lottery_id=lottery_id,
        version=version,
        from_epoch=from_epoch,
        prizes=tuple(map(_prize, request.prizes)),
        pity=Pity(pity.draws, pity.prize_id) if pity else None,
        when_gone=request.when_gone,
    )


def _prize(request: PrizeRequest) -> Prize:
    return Prize(**{k: v for k, v in request.model_dump().items() if v is not None})
