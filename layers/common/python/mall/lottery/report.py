"""The audit of a lottery: what was sampled against what the weights say, given, left, and paid.

Everything comes from counters that each draw moves in its own transaction. While the lottery is
open they are read from shard after shard, so draws of that very moment may be counted in part.

    drawn = given + substituted                      of a prize that can run out
    drawn = given - those given as substitutes       of any other
    forced = drawn - sampled                         of the guaranteed prize
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from mall.clock import Millis, instant
from mall.lottery.admin_views import decimal
from mall.lottery.chi_square import fit
from mall.lottery.closing import Left, unwon
from mall.lottery.lottery import Kind, Lottery, Status
from mall.lottery.scheduled import unclaimed
from mall.lottery.shards import Shard
from mall.lottery.table import PrizeKind, PrizeTable
from mall.models import View, is_none
from mall.writes import Item

_EXPECTED_DIGITS = 3


class PrizeReportView(View):
    """A prize: how often the sample said it, against `expected`, and what became of that.

    `given` counts it as a substitute too. `substituted` is how often it was drawn and gone, so that
    its substitute was given; `left` the units of a prize that can run out that nobody won. A
    scheduled lottery has no samples.
    """

    prize_id: str
    name: str
    kind: PrizeKind
    odds: Annotated[str | None, Field(exclude_if=is_none)] = None
    expected: Annotated[str | None, Field(exclude_if=is_none)] = None
    sampled: Annotated[int | None, Field(exclude_if=is_none)] = None
    given: int
    substituted: int
    stock: int | None
    left: int | None


class FitView(View):
    """Pearson's chi-square test of the samples against the weights.

    `p_value` is how likely samples at least as far off are, if the odds are as published. It says
    little while `expected_least`, the smallest expected count, is below 5.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    expected_least: float


class TableReportView(View):
    """A version of the prizes, with the draws from it; `forced` won the guaranteed prize by that.

    `fit` is null as long as there is nothing to compare.
    """

    version: int
    from_epoch: int
    hash: str
    draws: int
    forced: int
    prizes: list[PrizeReportView]
    fit: FitView | None


class WinnersView(View):
    """Prizes that were given, `nothing` apart: how many, how many of them as orders.

    `forfeited` are those of a scheduled lottery whose winners could not be given them.
    """

    prizes: int
    orders: int
    forfeited: int


class LotteryReportView(View):
    """A lottery so far. `draws` are tickets sold in a scheduled one; everything else is in points.

    `cost_taken` is what members paid, `points_won` what they won.
    """

    lottery_id: str
    kind: Kind
    status: Status
    at: str
    draws: int
    cost_taken: int
    points_won: int
    budget: int | None
    budget_left: int | None
    winners: WinnersView
    tables: list[TableReportView]


@dataclass(frozen=True)
class Counted:
    """What the shards of a lottery have counted, and the records of the winners it has drawn."""

    lottery: Lottery
    shards: Sequence[Shard]
    winners: Sequence[Item]

    def given(self, table: PrizeTable, place: int) -> int:
        """How often a prize was given."""
        if self.lottery.kind == "scheduled":
            own = table.prizes[place].prize_id
            return sum(w["fate"] == "awarded" and w["prize"] == own for w in self.winners)
        return sum(shard.given(table.version, place) for shard in self.shards)

    def sampled(self, table: PrizeTable, place: int) -> int:
        """How often the sample said a prize."""
        return sum(shard.sampled(table.version, place) for shard in self.shards)

    def substituted(self, table: PrizeTable, place: int) -> int:
        """How often a prize was drawn and gone."""
        return sum(shard.instead(table.version, place) for shard in self.shards)

    def forced(self, table: PrizeTable) -> int:
        """How often the guaranteed prize was drawn because it was due."""
        if table.pity is None:
            return 0
        own = table.place(table.pity.prize_id)
        instead_of = sum(
            self.substituted(table, place)
            for place, prize in enumerate(table.prizes)
            if prize.substitute == table.pity.prize_id
        )
        drawn = self.given(table, own) + self.substituted(table, own) - instead_of
        return drawn - self.sampled(table, own)

    def left(self) -> Left:
        """Units that nobody won, by version and place."""
        if self.lottery.kind == "scheduled":
            return unclaimed(self.lottery.tables[-1], self.winners)
        return unwon(self.lottery, self.shards)


def report(counted: Counted, at: Millis) -> LotteryReportView:
    """The report of a lottery at an instant."""
    lottery, draws = counted.lottery, sum(shard.drawn for shard in counted.shards)
    given = [
        (prize, counted.given(table, place))
        for table in lottery.tables
        for place, prize in enumerate(table.prizes)
    ]
    points = sum(prize.points * times for prize, times in given)
    return LotteryReportView(
        lottery_id=lottery.lottery_id,
        kind=lottery.kind,
        status=lottery.status,
        at=instant(at),
        draws=draws,
        cost_taken=draws * lottery.cost,
        points_won=points,
        budget=lottery.budget,
        budget_left=_budget_left(counted, points),
        winners=WinnersView(
            prizes=sum(times for prize, times in given if prize.kind != "nothing"),
            orders=sum(times for prize, times in given if prize.delivered),
            forfeited=sum(winner["fate"] == "forfeited" for winner in counted.winners),
        ),
        tables=[_table(counted, table, counted.left()) for table in lottery.tables],
    )


def _budget_left(counted: Counted, points: int) -> int | None:
    """What the shards hold; a scheduled lottery draws by a budget that pays every prize."""
    if counted.lottery.budget is None:
        return None
    if counted.lottery.kind == "scheduled" or not counted.shards:
        return counted.lottery.budget - points
    return sum(shard.budget for shard in counted.shards)


def _table(counted: Counted, table: PrizeTable, left: Left) -> TableReportView:
    samples = [counted.sampled(table, place) for place in range(len(table.prizes))]
    odds = [table.odds(place) for place in range(len(table.prizes))] if table.total else []
    found = fit(samples, odds) if odds else None
    return TableReportView(
        version=table.version,
        from_epoch=table.from_epoch,
        hash=table.hash,
        draws=sum(samples),
        forced=counted.forced(table),
        prizes=[
            PrizeReportView(
                prize_id=prize.prize_id,
                name=prize.name,
                kind=prize.kind,
                odds=decimal(odds[place]) if odds else None,
                expected=_expected(odds[place], samples) if odds else None,
                sampled=samples[place] if odds else None,
                given=counted.given(table, place),
                substituted=counted.substituted(table, place),
                stock=prize.stock,
                left=left.get((table.version, place)),
            )
            for place, prize in enumerate(table.prizes)
        ],
        fit=FitView(**vars(found)) if found else None,
    )


def _expected(odds: Fraction, samples: Sequence[int]) -> str:
    return decimal(odds * sum(samples), _EXPECTED_DIGITS)
