"""What a table comes to in the long run: how often each prize is drawn, and the points of a draw.

Without a guaranteed prize that is what the weights say. With one, of probability q and at the Nth
draw at the latest, draws go in rounds that each end with it: a round is min(G, N) draws long, where
G is geometric, so

    E[length] = sum of P(length > n) for n = 0..N-1 = (1 - (1 - q)^N) / q

and it comes once in a round; all other draws are among the others, by their weights (the renewal
reward theorem: Ross, Introduction to Probability Models, section 7.4).

Substitutes are left out: what runs out, and when, depends on how many draws there will be.
"""

from collections.abc import Sequence
from decimal import Decimal, localcontext

from mall.lottery.table import PrizeTable

_DIGITS = 60  # so that what is left of the rounding is far beyond what is shown


def shares(table: PrizeTable) -> Sequence[Decimal]:
    """How often each prize is drawn, from 0 to 1. The table has weights."""
    with localcontext(prec=_DIGITS):
        odds = [Decimal(weight) / table.total for weight in table.weights]
        if table.pity is None:
            return odds
        guaranteed = table.place(table.pity.prize_id)
        chance = odds[guaranteed]
        length = (1 - (1 - chance) ** table.pity.draws) / chance
        others = (1 - 1 / length) / (1 - chance) if chance < 1 else Decimal(0)
        return [
            1 / length if place == guaranteed else share * others
            for place, share in enumerate(odds)
        ]


def points_per_draw(table: PrizeTable) -> Decimal:
    """The points that a draw wins in the long run. The table has weights."""
    with localcontext(prec=_DIGITS):
        pairs = zip(shares(table), table.prizes, strict=True)
        return sum((share * prize.points for share, prize in pairs), Decimal(0))
