"""What a table comes to in the long run, against lives played draw by draw."""

from decimal import Decimal
from random import Random

import pytest
from mall.lottery.expectation import points_per_draw, shares
from mall.lottery.table import Pity, Prize, PrizeTable

CUP = Prize("cup", "Cup", "points", weight=1, points=100)
NOTHING = Prize("nothing", "Nothing", "nothing", weight=9)


def _table(*prizes: Prize, pity: int | None = None) -> PrizeTable:
    return PrizeTable("l", 1, 1, prizes, Pity(pity, prizes[0].prize_id) if pity else None)


def should_follow_the_weights_without_a_guaranteed_prize() -> None:
    assert shares(_table(CUP, NOTHING)) == [Decimal("0.1"), Decimal("0.9")]
    assert points_per_draw(_table(CUP, NOTHING)) == 10


@pytest.mark.parametrize("pity", [2, 3, 7, 40])
def should_come_to_what_is_drawn(pity: int) -> None:
    random, since, won = Random(1), 0, 0
    draws = 100_000
    for _ in range(draws):
        since += 1
        if random.randrange(10) == 0 or since == pity:
            won, since = won + 1, 0
    [cup, nothing] = shares(_table(CUP, NOTHING, pity=pity))
    assert float(cup) == pytest.approx(won / draws, abs=0.005)
    assert float(cup + nothing) == pytest.approx(1)


def should_take_the_others_by_their_weights() -> None:
    """Every other draw is the cup at least; among the rest one is twice as likely as the other."""
    one, two = (Prize(str(n), "P", "points", weight=3 * n, points=n) for n in (1, 2))
    [cup, first, second] = shares(_table(CUP, one, two, pity=2))
    assert float(cup) == pytest.approx(10 / 19)
    assert float(second / first) == pytest.approx(2)


def should_bear_extremes() -> None:
    """All weight on the guaranteed prize; or next to none, ten thousand draws apart."""
    assert shares(_table(CUP, pity=10)) == [Decimal(1)]
    rare = Prize("nothing", "Nothing", "nothing", weight=2**53 - 2)
    assert float(shares(_table(CUP, rare, pity=10_000))[0]) == pytest.approx(1e-4)
