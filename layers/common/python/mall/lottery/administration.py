"""A lottery from draft to closing, as pure changes of what it is."""

from dataclasses import replace

from mall.clock import Millis, millis
from mall.lottery.lottery import Limits, Lottery
from mall.lottery.requests import LotteryRequest, PrizeRequest, TableRequest
from mall.lottery.table import Pity, Prize, PrizeTable


def draft(lottery_id: str, request: LotteryRequest, now: Millis) -> Lottery:
    """A lottery that nobody sees yet. The request has been checked."""
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
