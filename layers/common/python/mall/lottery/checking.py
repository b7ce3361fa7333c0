"""Whether a lottery can be held as it was asked for: every fault at once, each with its field.

What is said of products is checked by what the catalog has now, and once more at opening.
"""

from collections.abc import Iterator

from mall.clock import DAY_MS, Millis, millis
from mall.errors import Fault, Invalid
from mall.lottery.fairness import WEIGHT_MAX
from mall.lottery.goods import Products, product_faults
from mall.lottery.lottery import Lottery
from mall.lottery.requests import LotteryRequest, PrizeRequest, TableRequest
from mall.lottery.table import DELIVERED

DAYS_MAX = 366
TABLES_MAX = 20  # each shard counts what every one of them gave
TEXT_MAX = 250_000  # bytes of all tables, which stand on one item
WINNERS_MAX = 1_000


def check(request: LotteryRequest, drafted: Lottery, products: Products, now: Millis) -> None:
    """Raise Invalid with every fault of a lottery that is to be saved as the draft it makes."""
    faults = [
        *_of_times(request, now),
        *table_faults(request, scheduled=request.kind == "scheduled"),
        *product_faults(drafted.tables[-1], products),
        *_of_budget(request),
    ]
    if faults:
        raise Invalid(faults=faults)


def check_table(request: TableRequest, after: Lottery, products: Products) -> None:
    """Raise Invalid with every fault of the newest table of an open instant lottery."""
    faults = [
        *table_faults(request, scheduled=False),
        *product_faults(after.tables[-1], products),
        *_of_payable(request, after),
        *_of_length(after),
    ]
    if faults:
        raise Invalid(faults=faults)


def _of_payable(request: TableRequest, lottery: Lottery) -> Iterator[Fault]:
    """The budget was fixed at opening, so each prize must be one that it can pay."""
    for place, prize in enumerate(request.prizes):
        if (prize.points or 0) > (lottery.budget or 0):
            yield _fault(f"prizes.{place}.points", "is more than the budget of this lottery")


def _of_length(lottery: Lottery) -> Iterator[Fault]:
    if len(lottery.tables) > TABLES_MAX:
        yield _fault("prizes", f"a lottery can have {TABLES_MAX} tables, one after the other")
    elif sum(len(table.text()) for table in lottery.tables) > TEXT_MAX:
        yield _fault("prizes", f"the tables of this lottery come to more than {TEXT_MAX} bytes")


def _fault(field: str, message: str) -> Fault:
    return {"field": field, "message": message}


def _of_times(request: LotteryRequest, now: Millis) -> Iterator[Fault]:
    opens_at, closes_at = millis(request.opens_at), millis(request.closes_at)
    draws_at = millis(request.draws_at) if request.draws_at else None
    if closes_at <= opens_at:
        yield _fault("closes_at", "must be after opens_at")
    elif closes_at - opens_at > DAYS_MAX * DAY_MS:
        yield _fault("closes_at", f"must be at most {DAYS_MAX} days after opens_at")
    if closes_at <= now:
        yield _fault("closes_at", "must be in the future")
    if request.kind == "scheduled":
        yield from _of_drawing_time(closes_at, draws_at)
        return
    for field in ("draws_at", "beacon"):
        if getattr(request, field) is not None:
            yield _fault(field, "is for a scheduled lottery")


def _of_drawing_time(closes_at: Millis, draws_at: Millis | None) -> Iterator[Fault]:
    if draws_at is None:
        yield _fault("draws_at", "a scheduled lottery needs one")
    elif not closes_at <= draws_at <= closes_at + DAYS_MAX * DAY_MS:
        yield _fault("draws_at", f"must be within {DAYS_MAX} days from closes_at on")


def table_faults(request: TableRequest, *, scheduled: bool) -> Iterator[Fault]:
    """The faults of prizes, guaranteed prize, and what happens when they are gone."""
    ids = [prize.prize_id for prize in request.prizes]
    for place, prize in enumerate(request.prizes):
        path = f"prizes.{place}"
        if ids.index(prize.prize_id) != place:
            yield _fault(f"{path}.prize_id", "is that of another prize")
        yield from _of_kind(prize, path)
        yield from (_of_winners if scheduled else _of_draws)(prize, path, request)
    if scheduled:
        yield from _of_scheduled(request)
        return
    if sum(prize.weight or 0 for prize in request.prizes) > WEIGHT_MAX:
        yield _fault("prizes", "the weights come to more than 2^53 - 1")
    if request.pity and request.pity.prize_id not in ids:
        yield _fault("pity.prize_id", "there is no such prize")
    if request.when_gone == "close" and all(prize.stock is None for prize in request.prizes):
        yield _fault("when_gone", "`close` is for a table with a prize that can run out")


def _of_kind(prize: PrizeRequest, path: str) -> Iterator[Fault]:
    if (prize.kind == "points") != (prize.points is not None):
        yield _fault(f"{path}.points", "a prize of kind `points` has them, and no other")
    if (prize.kind in DELIVERED) != (prize.product_id is not None):
        yield _fault(f"{path}.product_id", "a prize that is delivered has one, and no other")
    if prize.sku is not None and prize.product_id is None:
        yield _fault(f"{path}.sku", "is of a product")
    if prize.kind == "nothing" and prize.stock is not None:
        yield _fault(f"{path}.stock", "there is no end of nothing")


def _of_draws(prize: PrizeRequest, path: str, request: TableRequest) -> Iterator[Fault]:
    if prize.weight is None:
        yield _fault(f"{path}.weight", "an instant lottery needs one")
    if prize.stock is None:
        if prize.substitute is not None:
            yield _fault(f"{path}.substitute", "is for a prize that can run out")
        return
    instead = next((p for p in request.prizes if p.prize_id == prize.substitute), None)
    if instead is None or instead.stock is not None:
        yield _fault(f"{path}.substitute", "must name a prize of this table that cannot run out")


def _of_winners(prize: PrizeRequest, path: str, _: TableRequest) -> Iterator[Fault]:
    if prize.stock is None:
        yield _fault(f"{path}.stock", "a scheduled lottery needs to know how many win it")
    if prize.weight is not None:
        yield _fault(f"{path}.weight", "is for an instant lottery")
    if prize.substitute is not None:
        yield _fault(f"{path}.substitute", "is for an instant lottery")
    if prize.kind == "nothing":
        yield _fault(f"{path}.kind", "a scheduled lottery has no need for it")


def _of_scheduled(request: TableRequest) -> Iterator[Fault]:
    if sum(prize.stock or 0 for prize in request.prizes) > WINNERS_MAX:
        yield _fault("prizes", f"at most {WINNERS_MAX} tickets can win")
    if request.pity is not None:
        yield _fault("pity", "is for an instant lottery")
    if request.when_gone != "substitute":
        yield _fault("when_gone", "is for an instant lottery")


def _of_budget(request: LotteryRequest) -> Iterator[Fault]:
    """The budget must pay the largest prize of an instant lottery, every prize of a scheduled."""
    most = max((prize.points or 0 for prize in request.prizes), default=0)
    if request.kind == "scheduled":
        most = sum((prize.points or 0) * (prize.stock or 1) for prize in request.prizes)
    if bool(most) != (request.budget is not None):
        yield _fault("budget", "a lottery with prizes in points has one, and no other")
    elif request.budget is not None and request.budget < most:
        yield _fault("budget", f"must be at least {most}")
